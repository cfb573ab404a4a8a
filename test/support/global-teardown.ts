import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SHARED_FOLDER } from "./mongod-names.ts";

/** Stops the shared MongoDB server, if any test file started it, and removes its data. */
export default function teardown(): void {
  const folder = process.env[SHARED_FOLDER];
  if (!folder) return;
  const note = join(folder, "pid");
  if (existsSync(note)) process.kill(Number(readFileSync(note, "utf8")), "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

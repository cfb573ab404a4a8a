import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHARED_FOLDER, SHARED_OWNER } from "./mongod-names.ts";

/** Costs nothing: the MongoDB server that test files share starts when the first of them asks for it. */
export default function setup(): void {
  process.env[SHARED_FOLDER] = mkdtempSync(join(tmpdir(), "mongod-shared-"));
  process.env[SHARED_OWNER] = String(process.pid);
}

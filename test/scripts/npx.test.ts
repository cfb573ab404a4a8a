import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "lever-npx-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("npx in a checkout that is not built says so, and works once it is built", () => {
  const checkout = join(folder, "checkout");
  mkdirSync(checkout);
  const { name, version, type, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(join(checkout, "package.json"), JSON.stringify({ name, version, type, bin }));
  cpSync(join(root, "bin"), join(checkout, "bin"), { recursive: true });
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: folder, npm_config_cache: join(folder, "cache"), npm_config_update_notifier: "false" };
  const npx = () =>
    spawnSync("npx", ["--offline", "--yes", "lever-connector", "--version"], { cwd: checkout, env, encoding: "utf8" });
  expect(npx()).toMatchObject({ status: 6, stdout: "", stderr: expect.stringContaining("is not built yet") });
  mkdirSync(join(checkout, "dist/cli"), { recursive: true });
  writeFileSync(join(checkout, "dist/cli/main.js"), 'console.log("built,", process.argv[2]);');
  expect(npx()).toMatchObject({ status: 0, stdout: "built, --version\n" });
}, 60_000);

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type BuiltServer, startBuiltServer } from "./built-server.ts";
import { mask, readSteps } from "./console-blocks.ts";
import { openShell, type Shell } from "./shell.ts";

const root = join(import.meta.dirname, "../..");
/**
 * A reader looks at an answer before the next command. The two credentials of the walk have the same API key, and Lever counts by key: without
 * a pause a fast machine uses up its twenty calls of burst, and is told so.
 */
const READING_MS = 700;
const steps = readSteps(readFileSync(join(root, "README.md"), "utf8"));

describe("the walk in README.md", () => {
  let server: BuiltServer;
  let shell: Shell;
  beforeAll(async () => {
    server = await startBuiltServer();
    shell = openShell(root, server.env);
  }, 120_000);
  afterAll(async () => {
    await shell?.close();
    expect(await server?.stop()).toBe(0);
  }, 30_000);

  it("has commands and answers to run", () => {
    expect(steps.length).toBeGreaterThan(15);
    expect(steps.filter(({ expected }) => expected === "").length).toBeLessThan(4);
  });

  // Each step needs those before it: after the first that differs the others would only repeat the trouble.
  let broken = "";
  it.each(steps.map((step) => [`line ${step.line}: ${step.command.slice(0, 80)}`, step] as const))(
    "%s",
    async (title, { command, expected }) => {
      if (broken) throw new Error(`not run, because an earlier step differs (${broken})`);
      broken = title;
      await sleep(READING_MS);
      const answer = await shell.type(atPorts(command, server));
      expect(mask(answer)).toBe(mask(atPorts(expected, server)));
      broken = "";
    },
    60_000,
  );
});

/** The ports of the page become those of this test, and nothing else changes. */
function atPorts(text: string, { port, playgroundPort }: BuiltServer): string {
  return text.replaceAll("127.0.0.1:3000", `127.0.0.1:${port}`).replaceAll("127.0.0.1:3001", `127.0.0.1:${playgroundPort}`);
}

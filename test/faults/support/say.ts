import { writeSync } from "node:fs";

/** Prints one line for the parent; it is in the pipe, and so outlives this process, when this returns. */
export function say(line: Readonly<Record<string, unknown>>): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

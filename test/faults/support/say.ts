import { writeSync } from "node:fs";

/** Prints one line for the parent; it is in the pipe, and so outlives this process, when this returns. */
export function say(line: Readonly<Record<string, unknown>>): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSome(bytes, at);
}

/** The pipe is full while the parent is slow to read: nothing is written then, and it is tried again. */
function writeSome(bytes: Buffer, at: number): number {
  try {
    return writeSync(1, bytes, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return 0;
  }
}

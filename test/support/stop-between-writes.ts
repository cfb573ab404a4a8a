import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isConnectorError } from "../../errors/connector-error.ts";
import { openSqlite } from "../../store/sqlite.ts";

/**
 * SIGSTOP at a moment when the process holds no lock of the embedded store in `folder`. One that does keeps every other writer waiting for as
 * long as it stands still, as the operating system would have it; here the others are to go on.
 */
export async function stopBetweenWrites(child: ChildProcess, folder: string): Promise<void> {
  const files = ["lever-connector.db", "buckets.db"].map((name) =>
    openSqlite({ file: join(folder, name), synchronous: "OFF", busyTimeoutMs: 0 }),
  );
  try {
    for (;;) {
      child.kill("SIGSTOP");
      if (files.every((file) => isFree(() => file.transaction(() => undefined)))) return;
      child.kill("SIGCONT");
      await sleep(2);
    }
  } finally {
    for (const file of files) file.close();
  }
}

function isFree(lock: () => void): boolean {
  try {
    lock();
    return true;
  } catch (error) {
    if (!isConnectorError(error, "store_unavailable")) throw error;
    return false;
  }
}

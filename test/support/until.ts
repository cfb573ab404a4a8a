import { setTimeout as sleep } from "node:timers/promises";

/** Looks again and again until it holds. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; ) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error("it did not come to that in time");
}

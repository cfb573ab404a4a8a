import { setTimeout as sleep } from "node:timers/promises";
import { createLoadStage } from "../test/faults/support/load-stage.ts";
import { addFaults, createTraffic } from "../test/faults/support/load-traffic.ts";
import { grown, type Sample, takeSample } from "../test/faults/support/load-verdict.ts";

/**
 * `npm run test:soak [-- seconds callers]`: ten minutes of mixed traffic by 200 callers, with a Lever that fails now and then, then SIGTERM in the
 * middle of it. Prints a line every 30 s and a verdict; ends with 1 where something grew, was lost or was answered wrongly.
 */
const [seconds = 600, callers = 200] = process.argv.slice(2).map(Number);
const EVERY_S = Math.min(30, seconds / 6);
const EXIT_MS = 10_000;

const stage = await createLoadStage();
try {
  process.exitCode = (await soak()) ? 0 : 1;
} finally {
  await stage.close();
}

async function soak(): Promise<boolean> {
  await stage.start();
  const traffic = await createTraffic(stage);
  addFaults(stage);
  say("time s", "calls", "calls/s", "RSS MB", "heap MB", "fds", "handles", "store kB", "writes", "wrong");
  const startedAt = performance.now();
  const samples: Sample[] = [];
  while (performance.now() - startedAt < seconds * 1000) {
    const beganAt = performance.now();
    const before = traffic.count();
    traffic.go(callers);
    await sleep(EVERY_S * 1000);
    await traffic.pause();
    const perSecond = ((traffic.count() - before) / (performance.now() - beganAt)) * 1000;
    await sleep(1_000);
    const sample = await takeSample(stage, traffic);
    samples.push(sample);
    const { calls, rssMb, heapMb, descriptors, handles, storeKb, records } = sample;
    const atS = Math.round((performance.now() - startedAt) / 1000);
    say(atS, calls, Math.round(perSecond), rssMb, heapMb, descriptors, handles, storeKb, records, traffic.wrong.length);
  }
  traffic.go(callers);
  await sleep(3_000);
  traffic.expectStop();
  const stopped = await stage.stop("SIGTERM");
  await traffic.pause();
  await stage.start();
  const lost = await traffic.lost();
  const faults = [
    ...secondHalf(samples),
    ...traffic.wrong,
    ...lost,
    ...stage.complaints(),
    ...(stopped.code === 0 && stopped.ms <= EXIT_MS ? [] : [`SIGTERM: ended with ${stopped.code} after ${stopped.ms} ms`]),
  ];
  tell(traffic.answers);
  process.stdout.write(
    `\nSIGTERM in the middle: ended with ${stopped.code} after ${stopped.ms} ms, ${lost.length} acknowledged things lost\n`,
  );
  process.stdout.write(faults.length === 0 ? "\nPASSED: nothing grew, nothing was lost\n" : `\nFAILED:\n${faults.join("\n")}\n`);
  return faults.length === 0;
}

/** The first samples hold what is loaded on first use; what counts is whether the second half grew. */
function secondHalf(samples: readonly Sample[]): string[] {
  const middle = samples[samples.length >> 1];
  const last = samples.at(-1);
  return middle && last ? grown(middle, last) : ["there are no samples"];
}

function tell(answers: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  process.stdout.write("\n");
  for (const [kind, seen] of answers) {
    const parts = [...seen].sort(([, a], [, b]) => b - a).map(([said, count]) => `${said}: ${count}`);
    process.stdout.write(`${kind.padEnd(16)} ${parts.join(", ")}\n`);
  }
}

function say(...cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(9)).join(" ")}\n`);
}

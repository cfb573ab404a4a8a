import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** Calls a second of `call`, kept `concurrency` deep for `durationMs`. */
export async function throughput(call: () => Promise<unknown>, concurrency: number, durationMs: number): Promise<number> {
  const started = performance.now();
  const end = started + durationMs;
  let done = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < end) {
        await call();
        done += 1;
      }
    }),
  );
  return (done * 1000) / (performance.now() - started);
}

/** Median time of one call in ms, one at a time. */
export async function latency(call: () => Promise<unknown>, durationMs: number): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  return median(times);
}

/**
 * Runs the contestants in turn, round after round, so that a machine that slows down slows all of them, and gives the median of each.
 * The first round warms up and is not counted.
 */
export async function interleave<Name extends string>(
  contestants: Record<Name, () => Promise<number>>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const figures = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const figure = await contestants[name]();
      if (round > 0) figures.get(name)?.push(figure);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(figures.get(name) ?? [])])) as Record<Name, number>;
}

export function median(figures: number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Starts a server of bench/children in a process of its own; it tells its port as soon as it listens. */
export async function startChild(
  name: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ port: number; child: ChildProcess; stop(): void }> {
  const child = forkChild(name, [], env);
  const [message] = (await once(child, "message")) as [{ port: number }];
  return { port: message.port, child, stop: () => child.kill() };
}

/** A program of bench/children in a process of its own. */
export function forkChild(name: string, args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return fork(new URL(`./children/${name}.js`, import.meta.url), args, { env: { ...process.env, ...env } });
}

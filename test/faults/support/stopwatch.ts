/** Times many small pieces of work, so that a test can hold each of them to a limit although the machine is busy with other tests. */
export interface Stopwatch {
  /**
   * Runs and times. What took longer than the limit is run again, up to twenty times, and the shortest time counts: a slow input is slow each
   * time. If that is still too long, but less than five times the limit, this process's own computing time counts: others had the machine.
   */
  time<T>(work: () => T): T;
  /** The same for work that waits. */
  timeAsync<T>(work: () => Promise<T>): Promise<T>;
  readonly count: number;
  medianMs(): number;
  maxMs(): number;
}

const REPEATS = 20;

export function createStopwatch(limitMs: number): Stopwatch {
  const times: number[] = [];

  /** Told of each try; answers whether another one is needed. */
  function judge(tries: { wallMs: number; cpuMs: number; count: number }, begun: Begun): boolean {
    const { user, system } = process.cpuUsage(begun.cpu);
    tries.wallMs = Math.min(tries.wallMs, performance.now() - begun.atMs);
    tries.cpuMs = Math.min(tries.cpuMs, (user + system) / 1000);
    tries.count += 1;
    if (tries.wallMs > limitMs && tries.count <= REPEATS) return true;
    const wasBusy = tries.wallMs > limitMs && tries.wallMs < 5 * limitMs;
    times.push(wasBusy ? tries.cpuMs : tries.wallMs);
    return false;
  }

  return {
    time(work) {
      const tries = { wallMs: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY, count: 0 };
      for (;;) {
        const begun = begin();
        const result = work();
        if (!judge(tries, begun)) return result;
      }
    },
    async timeAsync(work) {
      const tries = { wallMs: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY, count: 0 };
      for (;;) {
        const begun = begin();
        const result = await work();
        if (!judge(tries, begun)) return result;
      }
    },
    get count() {
      return times.length;
    },
    medianMs: () => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0,
    maxMs: () => times.reduce((a, b) => Math.max(a, b), 0),
  };
}

interface Begun {
  readonly atMs: number;
  readonly cpu: NodeJS.CpuUsage;
}

function begin(): Begun {
  return { atMs: performance.now(), cpu: process.cpuUsage() };
}

import type { TakeOptions, TakeResult } from "./document-store.ts";

type Take = (bucket: string, options: TakeOptions) => Promise<TakeResult>;

interface Waiting {
  readonly options: TakeOptions;
  resolve(result: TakeResult): void;
  reject(error: unknown): void;
}

/**
 * Sends at most one `take` for each bucket at a time. Calls that come meanwhile are merged into the next one, in order: many writers of one
 * document slow a server down far more than one does.
 */
export function mergeTakes(take: Take): Take {
  const waiting = new Map<string, Waiting[]>();

  async function drain(bucket: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) await takeTogether(take, bucket, queue.splice(0, alike(queue)));
    waiting.delete(bucket);
  }
  return (bucket, options) =>
    new Promise((resolve, reject) => {
      const call = { options, resolve, reject };
      const queue = waiting.get(bucket);
      if (queue) {
        queue.push(call);
        return;
      }
      const started = [call];
      waiting.set(bucket, started);
      void drain(bucket, started);
    });
}

/** How many calls from the first on ask for the same, so that one answer fits all. */
function alike(queue: readonly Waiting[]): number {
  const [first] = queue as [Waiting];
  const other = queue.findIndex(({ options }) => !isAlike(options, first.options));
  return other === -1 ? queue.length : other;
}

function isAlike(a: TakeOptions, b: TakeOptions): boolean {
  return a.ratePerSecond === b.ratePerSecond && a.burst === b.burst && a.maxWaitMs === b.maxWaitMs;
}

async function takeTogether(take: Take, bucket: string, calls: readonly Waiting[]): Promise<void> {
  const [first] = calls as [Waiting];
  const count = calls.reduce((sum, { options }) => sum + options.count, 0);
  try {
    const { waitsMs, retryAfterMs, ...state } = await take(bucket, { ...first.options, count });
    let at = 0;
    for (const { options, resolve } of calls) {
      const own = waitsMs.slice(at, at + options.count);
      at += own.length;
      resolve({ waitsMs: own, ...state, ...(own.length < options.count && retryAfterMs !== undefined ? { retryAfterMs } : {}) });
    }
  } catch (error) {
    for (const { reject } of calls) reject(error);
  }
}

export interface Pump {
  /** Begins to look for work: now, and from then on each `pollMs`. */
  start(): void;
  /** There is something to do: looks at once, where it was started; once more where it is looking already. */
  kick(): void;
  /** Begins no further look, and comes back when the one that is under way has ended. Repeatable. */
  stop(): Promise<void>;
  readonly isStopped: boolean;
}

/**
 * Looks for work in the store: at once when it is told of some, and from time to time for what other processes have left. One look at a time;
 * one that fails is told, and the next comes to the same work again.
 */
export function createPump(options: { look(): Promise<void>; pollMs: number; onError(error: unknown): void }): Pump {
  const { look, pollMs, onError } = options;
  let polling: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isWanted = false;
  let isStopped = true;

  async function lookAll(): Promise<void> {
    do {
      isWanted = false;
      await look();
    } while (isWanted && !isStopped);
  }

  function kick(): void {
    if (isStopped) return;
    isWanted = true;
    looking ??= lookAll()
      .catch(onError)
      .finally(() => {
        looking = undefined;
      });
  }

  return {
    start() {
      if (!isStopped) return;
      isStopped = false;
      polling = setInterval(kick, pollMs).unref();
      kick();
    },
    kick,
    async stop() {
      isStopped = true;
      clearInterval(polling);
      await looking;
    },
    get isStopped() {
      return isStopped;
    },
  };
}

/** Attempts of an address in each minute that are looked at. */
const MAX_ATTEMPTS = 30;
const WINDOW_MS = 60_000;
/** Addresses remembered at a time; the one that was first seen longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Counts attempts by address. A window is measured by the time that passed, whatever the clock shows. */
export interface AttemptLimit {
  /** Counts one attempt. Answers 0, or for how long the address is not listened to. */
  take(address: string): number;
  /** An attempt that is not to count after all. */
  giveBack(address: string): void;
  /** For how long the address is not listened to; counts nothing. */
  refusedMs(address: string): number;
}

interface Window {
  count: number;
  readonly endsAtMs: number;
}

export function createAttemptLimit(elapsedMs: () => number = () => performance.now()): AttemptLimit {
  const windows = new Map<string, Window>();

  function current(address: string): Window | undefined {
    const window = windows.get(address);
    return window && elapsedMs() < window.endsAtMs ? window : undefined;
  }

  function open(address: string): Window {
    windows.delete(address);
    const [oldest] = windows.keys();
    if (windows.size >= MAX_ADDRESSES && oldest !== undefined) windows.delete(oldest);
    const window = { count: 0, endsAtMs: elapsedMs() + WINDOW_MS };
    windows.set(address, window);
    return window;
  }

  return {
    take(address) {
      const window = current(address) ?? open(address);
      window.count += 1;
      return window.count > MAX_ATTEMPTS ? window.endsAtMs - elapsedMs() : 0;
    },
    giveBack(address) {
      const window = current(address);
      if (window && window.count > 0) window.count -= 1;
    },
    refusedMs(address) {
      const window = current(address);
      return window && window.count >= MAX_ATTEMPTS ? window.endsAtMs - elapsedMs() : 0;
    },
  };
}

/** Something with a deadline; its links belong to `createDeadlines`. */
export interface Expiring {
  /** By `performance.now()`. */
  expiresAtMs: number;
  previous: Expiring | undefined;
  next: Expiring | undefined;
  expire(): void;
}

export interface Deadlines {
  add(item: Expiring, timeoutMs: number): void;
  /** May be called for what is not in there. */
  remove(item: Expiring): void;
}

const TICK_MS = 50;

/**
 * Many deadlines on one clock, each kept to within 50 ms.
 *
 * Node keeps a list of timers for each length, and the time left of a call has another length every time: with a timer per
 * attempt, making and dropping those lists cost a tenth of a call. A chain and not a Set, since hashing the items cost as
 * much. The clock stands still while there is nothing to watch.
 */
export function createDeadlines(): Deadlines {
  let first: Expiring | undefined;
  let clock: NodeJS.Timeout | undefined;

  function remove(item: Expiring): void {
    if (item.previous !== undefined) item.previous.next = item.next;
    else if (first === item) first = item.next;
    if (item.next !== undefined) item.next.previous = item.previous;
    item.previous = item.next = undefined;
  }

  function tick(): void {
    const nowMs = performance.now();
    const expired: Expiring[] = [];
    for (let item = first; item !== undefined; item = item.next) if (item.expiresAtMs <= nowMs) expired.push(item);
    for (const item of expired) {
      remove(item);
      item.expire();
    }
    if (first !== undefined) return;
    clearInterval(clock);
    clock = undefined;
  }

  return {
    add(item, timeoutMs) {
      item.expiresAtMs = performance.now() + timeoutMs;
      item.next = first;
      if (first !== undefined) first.previous = item;
      first = item;
      // A socket or the caller keeps the process alive, not the clock.
      clock ??= setInterval(tick, TICK_MS).unref();
    },
    remove,
  };
}

/** When the session was used last, by any tab of this browser: they share it, and each use moves its end. */
export interface SessionUse {
  /** By this browser's clock. */
  lastMs(): number;
  /** By how much the server's clock is ahead of this browser's. */
  serverAheadMs(): number;
  /** The server answered. `date` is the answer's header. */
  note(date: string | null): void;
  /** The session itself was changed here: another project, signed out. */
  changed(): void;
  /** Calls back when another tab changed the session; answers how to stop. */
  onChange(listener: () => void): () => void;
}

type Told = { readonly usedAtMs: number } | "changed";

/** As much of a BroadcastChannel as is needed. */
export interface Channel {
  postMessage(told: Told): void;
  addEventListener(type: "message", listener: (event: Event) => void): void;
}

/** Other tabs need not hear of each request. */
const TELL_MS = 5_000;

export function createSessionUse(channel: Channel): SessionUse {
  let lastMs = Date.now();
  let toldMs = 0;
  let aheadMs = 0;
  const listeners = new Set<() => void>();
  channel.addEventListener("message", (event) => {
    const { data } = event as Event & { readonly data: Told };
    if (data === "changed") for (const listener of listeners) listener();
    else lastMs = Math.max(lastMs, data.usedAtMs);
  });
  return {
    lastMs: () => lastMs,
    serverAheadMs: () => aheadMs,
    note(date) {
      lastMs = Date.now();
      const serverMs = Date.parse(date ?? "");
      if (!Number.isNaN(serverMs)) aheadMs = serverMs - lastMs;
      if (lastMs - toldMs < TELL_MS) return;
      toldMs = lastMs;
      channel.postMessage({ usedAtMs: lastMs });
    },
    changed: () => channel.postMessage("changed"),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

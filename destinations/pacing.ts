export interface Pacing {
  /** `go`: an attempt begins now, and its end must be told. `busy`: leave the message for one of these ends. Else: how long to leave it alone. */
  begin(destination: string): "go" | "busy" | number;
  /** An attempt has ended; `downForMs`: the destination is to be left alone for so long. */
  end(destination: string, downForMs?: number): void;
}

export interface PacingOptions {
  /** Attempts at one destination at a time. 8 by default. */
  readonly limit?: number;
  /** Between messages that are left alone, so that they do not all come back together. 50 by default. */
  readonly spacingMs?: number;
  /** On a clock that is not set. */
  readonly now?: () => number;
}

interface State {
  inFlight: number;
  downUntilMs: number;
  /** What is left alone comes back one after the other up to here. */
  horizonMs: number;
}

/** Keeps a destination that is slow or down from taking the slots of others. In this process alone; messages in the store lose nothing by it. */
export function createPacing({ limit = 8, spacingMs = 50, now = () => performance.now() }: PacingOptions = {}): Pacing {
  const states = new Map<string, State>();
  return {
    begin(destination) {
      const atMs = now();
      const state = states.get(destination) ?? { inFlight: 0, downUntilMs: 0, horizonMs: 0 };
      states.set(destination, state);
      if (state.downUntilMs > atMs) {
        state.horizonMs = Math.max(state.horizonMs, state.downUntilMs) + spacingMs;
        return state.horizonMs - atMs;
      }
      if (state.inFlight >= limit) return "busy";
      state.inFlight += 1;
      return "go";
    },
    end(destination, downForMs = 0) {
      const state = states.get(destination);
      if (state === undefined) return;
      state.inFlight -= 1;
      state.downUntilMs = downForMs > 0 ? now() + downForMs : 0;
      if (state.inFlight === 0 && state.downUntilMs === 0) states.delete(destination);
    },
  };
}

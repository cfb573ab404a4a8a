/** Ms since the epoch, by this browser's clock. */
export interface SessionEnds {
  /** If nothing more is done. */
  readonly idleMs: number;
  /** Whatever is done. */
  readonly absoluteMs: number;
}

/** As the server told. */
export interface Told {
  readonly expiresAt: string;
  readonly endsAt: string;
}

export interface Known {
  /** When the session was read. */
  readonly readAtMs: number;
  readonly lastUsedMs: number;
  readonly serverAheadMs: number;
}

/** When a session ends, as far as this browser can know without asking: asking would be a use, and move the end. */
export function sessionEnds({ expiresAt, endsAt }: Told, known: Known): SessionEnds {
  const absoluteMs = Date.parse(endsAt) - known.serverAheadMs;
  const readIdleMs = Date.parse(expiresAt) - known.serverAheadMs;
  const movedMs = known.lastUsedMs + (readIdleMs - known.readAtMs);
  return { idleMs: Math.min(absoluteMs, Math.max(readIdleMs, movedMs)), absoluteMs };
}

/** How a bucket stood when it was last asked. */
export interface BudgetState {
  readonly remaining: number;
  readonly resetMs: number;
}

interface Hand {
  inHand: number;
  /** Used since the bucket was last asked. */
  used: number;
  takenAtMs: number;
  state: BudgetState;
}

export interface TokensAhead {
  /** Uses a token in hand and tells how the bucket stands then; undefined where there is none. */
  use(bucket: string): BudgetState | undefined;
  /** How many more tokens to ask the bucket for than are needed now. */
  wanted(bucket: string): number;
  /** What asking it has given: `used` at once, `more` for those who come next. */
  keep(bucket: string, tokens: { readonly used: number; readonly more: number }, state: BudgetState): void;
  /** Gives up what is in hand: the service says that it is asked too often. */
  drop(bucket: string): void;
}

/** Of what remains in a bucket, one process holds no more than this: of Lever's twenty tokens, none. */
const SHARE = 0.01;
/** Tokens not used by then are lost, and with them at most that share of the bucket. */
const VALID_MS = 100;
/** So long the last demand says something about the next. */
const DEMAND_MS = 1_000;
const CAPACITY = 1_000;

/**
 * Tokens taken from a large bucket before they are needed, as many as were lately used, and twice as many where those did not last: where a
 * service allows thousands of calls a second, not each of them has to ask the store. A service that allows ten is asked for every single one.
 */
export function createTokensAhead(now: () => number): TokensAhead {
  const hands = new Map<string, Hand>();

  return {
    use(bucket) {
      const hand = hands.get(bucket);
      if (hand === undefined || hand.inHand === 0 || now() >= hand.takenAtMs + VALID_MS) return undefined;
      hand.inHand -= 1;
      hand.used += 1;
      return { remaining: hand.state.remaining + hand.inHand, resetMs: hand.state.resetMs };
    },
    wanted(bucket) {
      const hand = hands.get(bucket);
      const ageMs = now() - (hand?.takenAtMs ?? 0);
      if (hand === undefined || ageMs >= DEMAND_MS) return 0;
      const lately = ageMs < VALID_MS ? 2 * hand.used : hand.used * (VALID_MS / ageMs);
      return Math.min(Math.ceil(lately), Math.floor(hand.state.remaining * SHARE));
    },
    keep(bucket, { used, more }, state) {
      if (state.remaining * SHARE < 1) {
        hands.delete(bucket);
        return;
      }
      if (hands.size >= CAPACITY) hands.clear();
      hands.set(bucket, { inHand: more, used, takenAtMs: now(), state });
    },
    drop: (bucket) => void hands.delete(bucket),
  };
}

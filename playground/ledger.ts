/** One change that took effect in the playground. */
export interface Effect {
  seq: number;
  at: number;
  method: string;
  path: string;
  /** `opportunity.tags_added`, `posting.created`, … */
  effect: string;
  opportunityId?: string;
  contactId?: string;
  postingId?: string;
  webhookId?: string;
  userId?: string;
  /** The tags, links or sources that were sent. */
  tags?: readonly string[];
  links?: readonly string[];
  sources?: readonly string[];
  /** Of those, the ones that changed something. */
  changed?: readonly string[];
  stage?: string;
  reason?: string | null;
  deduped?: boolean;
  /** Sent along, and not kept. */
  files?: readonly { field: string; name: string; size: number }[];
  performAs: string | null;
  /** `key:<name>` or `app:<client id>`. */
  caller: string;
  /** The client's own `x-request-id`, else one generated here. */
  requestId: string;
}

const KEPT = 100_000;

/** Every effect in the order it was applied, the newest 100,000 at least. What a client was told is compared with this. */
export interface Ledger {
  add(effect: Omit<Effect, "seq">): void;
  since(seq: number): readonly Effect[];
  clear(): void;
}

export function createLedger(): Ledger {
  let effects: Effect[] = [];
  let seq = 0;
  return {
    add(effect) {
      effects.push({ seq: ++seq, ...effect });
      if (effects.length > 2 * KEPT) effects = effects.slice(-KEPT);
    },
    since: (after) => (after <= 0 ? effects : effects.filter((effect) => effect.seq > after)),
    clear: () => {
      effects = [];
      seq = 0;
    },
  };
}

import type { Budget } from "../schemas/types/index.ts";
import type { ItemCounts } from "../workflows/types.ts";

/** How one item of a step ended, as people are shown it. */
export interface ItemOutcome {
  /** Names the item: the id of its record, else its place in the list. */
  readonly item: string;
  readonly status: "succeeded" | "failed" | "skipped";
  /** Of the error. */
  readonly code?: string;
}

/** Where a step over several items stands: a cursor and counts, never the records. */
export interface EachState extends ItemCounts {
  /** Of the page at hand; absent: the first, and the only one of a mapped list. */
  readonly cursor?: string;
  /** Items of the page at hand that have ended. */
  readonly ended: readonly string[];
  /** Items that have ended, and those of the page at hand that have not. */
  readonly known?: number;
  /** Items in all, once that is known: of a mapped list at once, of pages with the last one. */
  readonly total?: number;
  /** Names of those whose call was begun, and whose end is not known. */
  readonly begun: readonly string[];
  /** The item that a person is asked about: whether it took effect is not known. */
  readonly asked?: string;
  /** How often an item was sent again because somebody said so. */
  readonly again?: Readonly<Record<string, number>>;
  /** The last ones, newest last. */
  readonly outcomes: readonly ItemOutcome[];
  /** The first ones that failed. */
  readonly failures: readonly ItemOutcome[];
}

export const NOTHING_YET: EachState = {
  ...{ ended: [], begun: [], succeeded: 0, failed: 0, skipped: 0 },
  ...{ outcomes: [], failures: [] },
};

const MOST_OUTCOMES = 1_000;

/** The state once one more item has ended; `isOpen`: it is to be done again when the step is. */
export function withOutcome(state: EachState, outcome: ItemOutcome, { isOpen = false }: { isOpen?: boolean } = {}): EachState {
  const { item, status } = outcome;
  const isKept = status === "failed" && state.failures.length < MOST_OUTCOMES;
  return {
    ...state,
    [status]: state[status] + 1,
    ended: isOpen ? state.ended : [...state.ended, item],
    outcomes: [...state.outcomes, outcome].slice(-MOST_OUTCOMES),
    failures: isKept ? [...state.failures, outcome] : state.failures,
  };
}

/** Where a step that stopped at an item that failed begins when it is done again: what failed is open, all else stays done. */
function reopened(state: EachState): EachState {
  const isDone = ({ status }: ItemOutcome) => status !== "failed";
  return { ...state, failed: 0, outcomes: state.outcomes.filter(isDone), failures: [] };
}

/** Where it begins when somebody has said what became of the item that was asked about; of none: as after a failure. */
export function answered({ asked, ...state }: EachState, hasHappened: boolean): EachState {
  const open = reopened(state);
  if (asked === undefined) return open;
  if (hasHappened) return toSaved(withOutcome(open, { item: asked, status: "succeeded" }));
  const again = { ...state.again, [asked]: (state.again?.[asked] ?? 0) + 1 };
  return { ...open, begun: without(state.begun, asked), again };
}

/** As it is saved: what has ended is no longer begun. Until its end is saved, an item must stay so. */
export function toSaved(state: EachState): EachState {
  const ended = new Set(state.ended);
  return { ...state, begun: state.begun.filter((name) => !ended.has(name)) };
}

export function without(names: readonly string[], name: string): readonly string[] {
  return names.filter((one) => one !== name);
}

export function countsOf({ succeeded, failed, skipped }: ItemCounts): ItemCounts {
  return { succeeded, failed, skipped };
}

/** What is shown of the items: those that failed first, where they are not among the last ones, then the last ones. */
export function outcomesOf({ outcomes, failures }: EachState): ItemOutcome[] {
  const recent = new Set(outcomes.map(({ item }) => item));
  return [...failures.filter(({ item }) => !recent.has(item)), ...outcomes];
}

/**
 * When the last item that is known of will have ended: at the pace so far, waits included, and no sooner than the rate budget allows a call for each.
 * Undefined where none is left, or nothing is known to reckon with.
 */
export function expectedEndMs(
  { known = 0, ...counts }: EachState,
  { startedAtMs, nowMs, budget }: { readonly startedAtMs: number; readonly nowMs: number; readonly budget?: Budget | undefined },
): number | undefined {
  const ended = endedIn(counts);
  const left = known - ended;
  if (left <= 0 || (ended === 0 && budget === undefined)) return undefined;
  const paceMs = ended === 0 ? 0 : ((nowMs - startedAtMs) / ended) * left;
  return nowMs + Math.max(paceMs, budget === undefined ? 0 : callsMs(left * callsPerItem(counts, ended), budget));
}

export function endedIn({ succeeded, failed, skipped }: ItemCounts): number {
  return succeeded + failed + skipped;
}

/** An item that is skipped costs none. */
function callsPerItem({ skipped }: ItemCounts, ended: number): number {
  return ended === 0 ? 1 : (ended - skipped) / ended;
}

/** How long so many calls take where nobody else makes any. */
function callsMs(calls: number, { nextMs, remaining, perSecond }: Budget): number {
  return nextMs + (Math.max(0, calls - Math.max(1, remaining)) * 1000) / perSecond;
}

import { createOnce, createSeenCursors, nextCursor, recordsOf, withCursor, withPageSize } from "../connector/pages.ts";
import type { Connectors, Input } from "../connector/types.ts";
import { isConnectorError } from "../errors/connector-error.ts";
import type { Begun } from "../runtime/types.ts";
import type { Call, NextOfItem, StepError } from "../workflows/types.ts";
import { type EachState, endedIn, type ItemOutcome, toSaved, withOutcome, without } from "./each-state.ts";
import { type Performed, toStepError } from "./perform.ts";

/** Something to do for each of: `name` tells it from all others, in every process. */
interface Item {
  readonly name: string;
  readonly value: unknown;
}

export interface EachWork {
  readonly over: { readonly items: readonly unknown[] } | { readonly pages: Call };
  readonly concurrency: number;
  readonly onError: "stop" | "continue";
  readonly connectors: Pick<Connectors, "of">;
  /** What is done for an item, and the doing of it. */
  readonly effectOf: (item: unknown) => NextOfItem;
  readonly perform: (
    effect: Exclude<NextOfItem, { type: "result" }>,
    item: { readonly name: string; readonly again: number; readonly begun: Begun },
  ) => Promise<Performed>;
  readonly readPage: (call: Call) => Promise<Performed>;
  /** Makes durable where the step stands; false where the run is not ours any more, or is to be left. */
  readonly save: (state: EachState) => Promise<boolean>;
  /** Makes durable which items were begun. @throws ConnectorError where it could not be */
  readonly saveBegun: (state: EachState) => Promise<void>;
  /** Whether no further item is to be begun now. */
  readonly isToLeave: () => boolean;
  readonly now: () => number;
}

/** Where the step was left. */
export type EachLeft =
  | { readonly type: "done"; readonly state: EachState }
  | { readonly type: "failed"; readonly state: EachState; readonly error: StepError }
  /** It is not known what became of the item `state.asked`. */
  | { readonly type: "unknown"; readonly state: EachState; readonly error: StepError }
  /** To be continued: by the next worker that takes the run, or once what was in the way is gone. */
  | { readonly type: "left"; readonly state: EachState; readonly because?: Extract<Performed, { type: "later" | "held" }> };

/** Progress is durable, and seen, at least so often. What was done since is asked for again after a crash, under the same keys. */
const SAVE_MS = 1_000;

/**
 * Does something for each item of a list, or of all pages of a list operation, some at a time. What it holds is one page.
 *
 * It begins where `state` says, so that a run that was stopped or killed goes on inside the list.
 */
export async function runEach(work: EachWork, begun: EachState): Promise<EachLeft> {
  const { over, onError, concurrency, now } = work;
  const isOnce = createOnce();
  let state = begun;
  let savedAtMs = now();
  let writing: Promise<unknown> = Promise.resolve();
  const isRepeated = createSeenCursors(begun.cursor);

  for (let isFirst = true; ; isFirst = false) {
    const page = "items" in over ? { items: over.items.map(toNumbered), next: undefined } : await readPage(over.pages);
    if ("left" in page) return page.left;
    const open = openOf(page.items);
    const known = endedIn(state) + open.length;
    const isLast = page.next === undefined && page.error === undefined;
    state = { ...state, known, ...(isLast && { total: known }) };
    const left = await doItems(open, isFirst);
    if (left !== undefined) return left;
    if (page.error !== undefined) return { type: "failed", state, error: page.error };
    if (page.next === undefined) return { type: "done", state: { ...state, total: endedIn(state) } };
    state = { ...toSaved(state), cursor: page.next, ended: [] };
    if (!(await saveNow()) || work.isToLeave()) return { type: "left", state };
  }

  async function readPage(
    pages: Call,
  ): Promise<{ items: Item[]; next?: string | undefined; error?: StepError } | { left: EachLeft }> {
    const { pagination } = work.connectors.of(pages.connector).manifest;
    const input = withPageSize(pagination, pages.input as Input);
    const performed = await work.readPage({ ...pages, input: withCursor(pagination, input, state.cursor) });
    if (performed.type === "later" || performed.type === "held") return { left: { type: "left", state, because: performed } };
    if (performed.type !== "done") return { left: { type: "failed", state, error: performed.error } };
    const items = isOnce(recordsOf(performed.output)).map((value, at) => ({
      name: idOf(value) ?? `${state.cursor ?? ""}#${at}`,
      value,
    }));
    try {
      return { items, next: nextCursor(pagination, performed.output, isRepeated) };
    } catch (error) {
      if (!isConnectorError(error)) throw error;
      return { items, error: toStepError(error) };
    }
  }

  function openOf(items: readonly Item[]): Item[] {
    const ended = new Set(state.ended);
    return items.filter(({ name }) => !ended.has(name));
  }

  async function doItems(open: readonly Item[], isFirst: boolean): Promise<EachLeft | undefined> {
    let at = 0;
    let stop: EachLeft | undefined;
    await Promise.all(
      Array.from({ length: Math.min(concurrency, open.length) }, async () => {
        while (stop === undefined && at < open.length) {
          if (work.isToLeave()) {
            stop = { type: "left", state };
            return;
          }
          stop = (await doItem(open[at++] as Item, isFirst)) ?? stop;
          if (now() - savedAtMs >= SAVE_MS && !(await saveNow())) stop ??= { type: "left", state };
        }
      }),
    );
    // With what the others have done meanwhile.
    return stop && { ...stop, state: { ...state, ...(stop.type === "unknown" && { asked: String(stop.state.asked) }) } };
  }

  async function doItem({ name, value }: Item, isFirst: boolean): Promise<EachLeft | undefined> {
    const effect = work.effectOf(value);
    const performed = effect.type === "result" ? effect.result : await work.perform(effect, callOf(name));
    if ("type" in performed && (performed.type === "later" || performed.type === "held"))
      return { type: "left", state, because: performed };
    // It was on an earlier page too, which another process had read.
    if ("type" in performed && performed.type === "done" && performed.isReplayed && !isFirst) return undefined;
    const error = "error" in performed ? performed.error : undefined;
    const status = error !== undefined ? "failed" : "status" in performed ? "skipped" : "succeeded";
    const outcome: ItemOutcome = { item: name, status, ...(error && { code: error.code }) };
    const isOpen = error !== undefined && onError === "stop";
    const told = error && { ...error, message: `item ${name}: ${error.message}` };
    if (isOpen && "type" in performed && performed.type === "unknown")
      return { type: "unknown", state: { ...state, asked: name }, error: told as StepError };
    state = withOutcome(state, outcome, { isOpen });
    return isOpen ? { type: "failed", state, error: told as StepError } : undefined;
  }

  function callOf(name: string) {
    const begun: Begun = {
      is: () => state.begun.includes(name),
      set() {
        if (!begun.is()) state = { ...state, begun: [...state.begun, name] };
        return inTurn(() => work.saveBegun(state));
      },
      clear() {
        state = { ...state, begun: without(state.begun, name) };
        return inTurn(() => work.saveBegun(state));
      },
    };
    return { name, again: state.again?.[name] ?? 0, begun };
  }

  async function saveNow(): Promise<boolean> {
    savedAtMs = now();
    return inTurn(() => {
      state = toSaved(state);
      return work.save(state);
    });
  }

  /** What is saved later is what was known later. */
  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const next = writing.then(write);
    writing = next.catch(() => undefined);
    return next;
  }
}

function toNumbered(value: unknown, at: number): Item {
  return { name: String(at), value };
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  return typeof id === "string" && id !== "" ? id : undefined;
}

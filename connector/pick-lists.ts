import { ConnectorError } from "../errors/connector-error.ts";
import type { Options } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { createSearch } from "../text/fold.ts";
import { ExactNumber } from "./exact-json.ts";
import type { Connector, Connectors, Input, OptionList } from "./types.ts";

export type { Options };
export type Option = Options["data"][number];

export interface OptionsQuery {
  readonly access: Access;
  readonly credential: string;
  readonly list: string;
  /** Part of label, detail or value, however it is spelt (`fold`). */
  readonly search?: string;
  /** 1,000 by default. */
  readonly limit?: number;
  /** Ask the service, however fresh the remembered list is; a crawl that is under way is waited for. */
  readonly refresh?: boolean;
  /** The caller has left. A crawl ends when the last one has who waits for it. */
  readonly signal?: AbortSignal;
}

export interface PickLists {
  /** @throws ConnectorError `not_found` for an unknown list and for a credential out of reach, `cancelled`, and whatever the operation behind it fails with */
  options(query: OptionsQuery): Promise<Options>;
  /** Drops what is remembered for a credential: it was removed, or another account stands behind it now. */
  forget(access: Access, credential: string): void;
  /** Drops what is remembered for a project. */
  forgetProject(access: Access): void;
}

export interface PickListsOptions {
  readonly connectors: Pick<Connectors, "of">;
  /** All records of an operation, page by page. */
  readonly all: (
    access: Access,
    credential: string,
    operation: string,
    input: Input,
    signal: AbortSignal,
  ) => AsyncIterable<readonly unknown[]>;
  /** The credential, where it is there for this access. Asked every time: lists are remembered. @throws ConnectorError `not_found` */
  readonly reach: (access: Access, credential: string) => Promise<{ readonly connector: string }>;
  readonly now?: () => number;
  /** How long a list is remembered after it was read to its end. 60,000 by default. */
  readonly ttlMs?: number;
  /** Lists remembered at a time; the one unused longest goes first. 200 by default. */
  readonly maxLists?: number;
}

/** A list that was read to its end. */
interface Known {
  readonly fetchedAtMs: number;
  readonly options: readonly Option[];
  readonly leftOut: number;
}

/** A list that is being read. */
interface Crawl {
  readonly known: Promise<Known>;
  /** Callers that wait for it. */
  waiting: number;
  readonly stop: AbortController;
}

interface Entry {
  known?: Known;
  crawl?: Crawl;
}

/**
 * The options behind a field, as a credential sees them. One crawl serves all who ask while it runs, with `refresh` too, and ends when the
 * last of them has left. What it found is remembered for a while from its end on; a failure is not remembered.
 */
export function createPickLists({
  connectors,
  all,
  reach,
  now = Date.now,
  ttlMs = 60_000,
  maxLists = 200,
}: PickListsOptions): PickLists {
  const entries = new Map<string, Entry>();

  async function fetchAll({ access, credential }: OptionsQuery, list: OptionList, signal: AbortSignal): Promise<Known> {
    const options = new Map<string, Option>();
    let leftOut = 0;
    for await (const records of all(access, credential, list.operation, list.input ?? {}, signal)) {
      for (const record of records) {
        if (!isOffered(list, record)) continue;
        const option = toOption(list, record);
        if (option === undefined) leftOut += 1;
        else if (!options.has(option.value)) options.set(option.value, option);
      }
    }
    return { fetchedAtMs: now(), options: [...options.values()], leftOut };
  }

  function entryOf(query: OptionsQuery): Entry {
    const key = JSON.stringify([query.access.project, query.credential, query.list]);
    const entry = entries.get(key) ?? {};
    // Put last: the map's order is the order of use.
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > maxLists) entries.delete(entries.keys().next().value as string);
    return entry;
  }

  function begin(entry: Entry, query: OptionsQuery, list: OptionList): Crawl {
    const stop = new AbortController();
    const crawl: Crawl = { stop, waiting: 0, known: fetchAll(query, list, stop.signal) };
    entry.crawl = crawl;
    const ended = () => {
      if (entry.crawl === crawl) delete entry.crawl;
    };
    crawl.known.then((known) => {
      entry.known = known;
      ended();
    }, ended);
    return crawl;
  }

  async function join(entry: Entry, crawl: Crawl, signal: AbortSignal | undefined): Promise<Known> {
    crawl.waiting += 1;
    try {
      return await orLeft(crawl.known, signal);
    } finally {
      crawl.waiting -= 1;
      if (crawl.waiting === 0) {
        // No caller may join what is about to end.
        if (entry.crawl === crawl) delete entry.crawl;
        crawl.stop.abort();
      }
    }
  }

  return {
    async options(query) {
      const { connector } = await reach(query.access, query.credential);
      const list = listOf(connectors.of(connector), query.list);
      const entry = entryOf(query);
      // A list from a time that is still to come was fetched before the clock was set back: it is no fresher than an old one.
      const isFresh = entry.known !== undefined && !query.refresh && Math.abs(now() - entry.known.fetchedAtMs) < ttlMs;
      const { fetchedAtMs, options, leftOut } = isFresh
        ? (entry.known as Known)
        : await join(entry, entry.crawl ?? begin(entry, query, list), query.signal);
      const isFound = createSearch(query.search ?? "");
      const found = options.filter(({ value, label, detail }) => isFound(label, detail, value));
      return {
        data: found.slice(0, query.limit ?? 1000),
        count: found.length,
        ...(leftOut > 0 && { leftOut }),
        fetchedAt: new Date(fetchedAtMs).toISOString(),
      };
    },
    forget: ({ project }, credential) => dropAll([project, credential]),
    forgetProject: ({ project }) => dropAll([project]),
  };

  function dropAll(of: readonly string[]): void {
    const prefix = JSON.stringify(of).slice(0, -1);
    for (const key of entries.keys()) if (key.startsWith(`${prefix},`)) entries.delete(key);
  }
}

/** The same, or a refusal as soon as the signal fires. */
async function orLeft<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const left = new Promise<never>((_resolve, reject) => {
    const leave = () =>
      reject(new ConnectorError("cancelled", "the caller gave up while the list was read", {}, { cause: signal.reason }));
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
  return Promise.race([promise, left]);
}

function listOf({ manifest }: Pick<Connector, "manifest">, name: string): OptionList {
  const list = Object.hasOwn(manifest.optionLists, name) ? manifest.optionLists[name] : undefined;
  if (list === undefined) throw new ConnectorError("not_found", "There is no such pick list", { kind: "pick_list" });
  return list;
}

/** Whether the list means a record: not the inactive reasons, for instance. */
function isOffered({ only }: OptionList, record: unknown): boolean {
  if (only === undefined || typeof record !== "object" || record === null) return true;
  return only.in.includes(((record as Record<string, unknown>)[only.field] ?? null) as string | null);
}

function toOption(list: OptionList, record: unknown): Option | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const fields = record as Record<string, unknown>;
  const value = toText(fields[list.value]);
  if (value === undefined) return undefined;
  const detail = list.detail === undefined ? undefined : toText(fields[list.detail]);
  const option = { value, label: toText(fields[list.label]) ?? value };
  return detail === undefined ? option : { ...option, detail };
}

function toText(value: unknown): string | undefined {
  if (typeof value === "number" || value instanceof ExactNumber) return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

import { ConnectorError } from "./errors.ts";
import type { Connector, Input, OptionList } from "./types.ts";

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
}

export interface Options {
  /** In the service's own order (stages: the pipeline's). */
  readonly data: readonly Option[];
  /** How many match; `data` may be cut. */
  readonly count: number;
  /** When the service was asked, RFC 3339. */
  readonly fetchedAt: string;
}

export interface OptionsQuery {
  readonly project: string;
  readonly credential: string;
  readonly list: string;
  /** Part of label, detail or value, in whatever case. */
  readonly search?: string;
  /** 1,000 by default. */
  readonly limit?: number;
  /** Ask the service, however fresh the remembered list is. */
  readonly refresh?: boolean;
}

export interface PickLists {
  /** @throws ConnectorError `not_found` for an unknown list, and whatever the operation behind it fails with */
  options(query: OptionsQuery): Promise<Options>;
  /** Drops what is remembered for a credential: it was removed, or another account stands behind it now. */
  forget(project: string, credential: string): void;
}

export interface PickListsOptions {
  readonly connector: Pick<Connector, "manifest">;
  /** All records of an operation, page by page. */
  readonly all: (project: string, credential: string, operation: string, input: Input) => AsyncIterable<readonly unknown[]>;
  readonly now?: () => number;
  /** 60,000 by default. */
  readonly ttlMs?: number;
  /** Lists remembered at a time; the one unused longest goes first. 200 by default. */
  readonly maxLists?: number;
}

interface Entry {
  readonly fetchedAtMs: number;
  readonly options: Promise<readonly Option[]>;
}

/**
 * The options behind a field, as a credential sees them. A list is fetched once for all who ask at the same time, and
 * remembered for a while; a failure is not remembered.
 */
export function createPickLists({ connector, all, now = Date.now, ttlMs = 60_000, maxLists = 200 }: PickListsOptions): PickLists {
  const entries = new Map<string, Entry>();

  async function fetchAll(project: string, credential: string, list: OptionList): Promise<readonly Option[]> {
    const options = new Map<string, Option>();
    for await (const records of all(project, credential, list.operation, list.input ?? {})) {
      for (const record of records) {
        const option = toOption(list, record);
        if (option !== undefined && !options.has(option.value)) options.set(option.value, option);
      }
    }
    return [...options.values()];
  }

  function entryOf({ project, credential, list: name, refresh }: OptionsQuery): Entry {
    const list = listOf(connector, name);
    const key = JSON.stringify([project, credential, name]);
    const known = entries.get(key);
    entries.delete(key);
    const isFresh = known !== undefined && !refresh && now() - known.fetchedAtMs < ttlMs;
    const entry = isFresh ? known : { fetchedAtMs: now(), options: fetchAll(project, credential, list) };
    // Put last: the map's order is the order of use.
    entries.set(key, entry);
    if (!isFresh) entry.options.catch(() => entries.get(key) === entry && entries.delete(key));
    if (entries.size > maxLists) entries.delete(entries.keys().next().value as string);
    return entry;
  }

  return {
    async options(query) {
      const { fetchedAtMs, options } = entryOf(query);
      const found = search(await options, query.search);
      return { data: found.slice(0, query.limit ?? 1000), count: found.length, fetchedAt: new Date(fetchedAtMs).toISOString() };
    },
    forget(project, credential) {
      const prefix = JSON.stringify([project, credential]).slice(0, -1);
      for (const key of entries.keys()) if (key.startsWith(`${prefix},`)) entries.delete(key);
    },
  };
}

function listOf({ manifest }: Pick<Connector, "manifest">, name: string): OptionList {
  const list = Object.hasOwn(manifest.optionLists, name) ? manifest.optionLists[name] : undefined;
  if (list === undefined) throw new ConnectorError("not_found", "There is no such pick list", { kind: "pick_list" });
  return list;
}

function toOption(list: OptionList, record: unknown): Option | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const fields = record as Record<string, unknown>;
  if (list.only !== undefined && !list.only.in.includes((fields[list.only.field] ?? null) as string | null)) return undefined;
  const value = toText(fields[list.value]);
  if (value === undefined) return undefined;
  const detail = list.detail === undefined ? undefined : toText(fields[list.detail]);
  const option = { value, label: toText(fields[list.label]) ?? value };
  return detail === undefined ? option : { ...option, detail };
}

function toText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function search(options: readonly Option[], text: string | undefined): readonly Option[] {
  const wanted = text?.trim().toLocaleLowerCase() ?? "";
  if (wanted === "") return options;
  return options.filter(({ value, label, detail }) =>
    [label, detail, value].some((part) => part?.toLocaleLowerCase().includes(wanted)),
  );
}

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { createSearch } from "../../text/fold.ts";
import { type Option, type Options, optionsQuery, type RecordList, recordListQuery, useRefreshOptions } from "../api/options.ts";

/** More than people read in a menu; typing narrows the rest down. */
const SHOWN = 100;

export interface PickList {
  /** What matches the search, at most as many as a menu takes. */
  readonly shown: readonly Option[];
  /** How many more match. */
  readonly hidden: number;
  /** What one record has now, not what there is in the account. */
  readonly isOfRecord: boolean;
  readonly state: "idle" | "loading" | "ready" | "failed";
  readonly error: unknown;
  /** When the service was asked, RFC 3339. */
  readonly fetchedAt: string | undefined;
  readonly isRefreshing: boolean;
  refresh(): void;
  /** The option of a value, or one built from the value where the list does not hold it (raw ids are always possible). */
  optionOf(value: string): Option & { readonly isUnlisted?: boolean };
}

export interface PickListOptions {
  /** Whose list; without a credential there is none to be had. */
  readonly credential: string | undefined;
  readonly list: string;
  /** Offered in place of `list`; null while the record is not named yet. */
  readonly record?: RecordList | null | undefined;
  readonly search: string;
  readonly chosen: readonly string[];
  /** The service is asked only when this is so: a form holds many lists, and most stay closed. */
  readonly isWanted: boolean;
}

/** A pick list with what matches the search. A list that is longer than one answer is searched by the server. */
export function usePickList({ credential = "", list, record, search, chosen, isWanted }: PickListOptions): PickList {
  const enabled = isWanted && credential !== "" && record !== null;
  const whole = useQuery({ ...(record ? recordListQuery(credential, record) : optionsQuery(credential, list)), enabled });
  const refresh = useRefreshOptions(credential, list);
  const isCut = whole.data !== undefined && whole.data.count > whole.data.data.length;

  const wanted = search.trim();
  const [asked] = useDebouncedValue(wanted, 250);
  const isBySearch = isCut && wanted !== "";
  const found = useQuery({
    ...optionsQuery(credential, list, asked),
    enabled: enabled && isBySearch && asked !== "",
    placeholderData: keepPreviousData,
  });
  const isFound = found.data !== undefined && !found.isPlaceholderData && asked === wanted;

  const unnamed = isCut ? chosen.filter((value) => !holds(whole.data, value)) : [];
  const named = useQueries({ queries: unnamed.map((value) => ({ ...optionsQuery(credential, list, value), enabled })) });

  const matching = filter((isBySearch ? found.data : whole.data)?.data ?? [], wanted);
  const total = isBySearch ? found.data?.count : wanted === "" ? whole.data?.count : matching.length;
  const error = refresh.error ?? whole.error ?? (isBySearch ? found.error : null);
  // Of a record nothing older is offered while it is being read.
  const isRead = whole.data !== undefined && !(record !== undefined && whole.isFetching);
  const isReady = isBySearch ? isFound : isRead;
  const known = [whole.data, found.data, ...named.map(({ data }) => data)].flatMap((options) => options?.data ?? []);
  const isAllKnown = whole.data !== undefined && named.every(({ isSuccess }) => isSuccess);
  return {
    shown: record !== undefined && !isRead ? [] : matching.slice(0, SHOWN),
    hidden: Math.max(0, (total ?? 0) - SHOWN),
    isOfRecord: record !== undefined,
    state: error ? "failed" : isReady ? "ready" : enabled ? "loading" : "idle",
    error,
    fetchedAt: whole.data?.fetchedAt,
    isRefreshing: refresh.isPending || whole.isFetching,
    refresh: () => (record ? void whole.refetch() : refresh.mutate()),
    optionOf: (value) => known.find((option) => option.value === value) ?? { value, label: value, isUnlisted: isAllKnown },
  };
}

function holds(options: Options | undefined, value: string): boolean {
  return options?.data.some((option) => option.value === value) ?? false;
}

function filter(options: readonly Option[], search: string): readonly Option[] {
  const isFound = createSearch(search);
  return options.filter(({ value, label, detail }) => isFound(label, detail, value));
}

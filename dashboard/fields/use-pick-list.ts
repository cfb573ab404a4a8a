import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type Option, optionsQuery, useRefreshOptions } from "../api/options.ts";

/** More than anybody reads in a menu; typing narrows the rest down. */
const SHOWN = 100;

export interface PickList {
  /** What matches the search, at most as many as a menu takes. */
  readonly shown: readonly Option[];
  /** How many more match. */
  readonly hidden: number;
  readonly state: "idle" | "loading" | "ready" | "failed";
  readonly error: unknown;
  /** When Lever was asked, RFC 3339. */
  readonly fetchedAt: string | undefined;
  readonly isRefreshing: boolean;
  refresh(): void;
  /** The option of a value, or one made of the value where the list does not hold it (raw ids are always possible). */
  optionOf(value: string): Option & { readonly isUnlisted?: boolean };
}

/**
 * A pick list with what matches `search`. Lever is asked only when `isWanted`: a form holds many lists, and most stay closed.
 * Lists longer than one answer are searched by the server.
 */
export function usePickList(credential: string | undefined, list: string, search: string, isWanted: boolean): PickList {
  const enabled = isWanted && credential !== undefined;
  const whole = useQuery({ ...optionsQuery(credential ?? "", list), enabled });
  const refresh = useRefreshOptions(credential ?? "", list);
  const isCut = whole.data !== undefined && whole.data.count > whole.data.data.length;
  const [asked] = useDebouncedValue(search.trim(), 250);
  const found = useQuery({ ...optionsQuery(credential ?? "", list, asked), enabled: enabled && isCut && asked !== "" });

  const isBySearch = isCut && search.trim() !== "";
  const matching = isBySearch ? (found.data?.data ?? []) : filter(whole.data?.data ?? [], search);
  const total = isBySearch ? (found.data?.count ?? 0) : isCut ? (whole.data?.count ?? 0) : matching.length;
  const error = refresh.error ?? whole.error ?? (isBySearch ? found.error : null);
  const known = [...(whole.data?.data ?? []), ...(found.data?.data ?? [])];
  return {
    shown: matching.slice(0, SHOWN),
    hidden: Math.max(0, total - SHOWN),
    state: toState(enabled, error, isBySearch ? found.data : whole.data),
    error,
    fetchedAt: whole.data?.fetchedAt,
    isRefreshing: refresh.isPending || whole.isFetching,
    refresh: () => refresh.mutate(),
    optionOf: (value) =>
      known.find((option) => option.value === value) ?? { value, label: value, isUnlisted: whole.data !== undefined && !isCut },
  };
}

function toState(enabled: boolean, error: unknown, data: unknown): PickList["state"] {
  if (error) return "failed";
  if (data !== undefined) return "ready";
  return enabled ? "loading" : "idle";
}

function filter(options: readonly Option[], search: string): readonly Option[] {
  const wanted = search.trim().toLocaleLowerCase();
  if (wanted === "") return options;
  return options.filter(({ value, label, detail }) =>
    [label, detail, value].some((part) => part?.toLocaleLowerCase().includes(wanted)),
  );
}

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Operation } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { optionsQuery } from "../api/options.ts";

/** Lever's name for whom a change is recorded for, the same in every operation. */
const PERFORM_AS = "perform_as";

/** What an empty field means for this credential, field by field: the user that stands in where none is chosen. */
export function useHints(operation: Operation, credential: Credential | undefined): Readonly<Record<string, string>> {
  const list = operation.input.properties?.[PERFORM_AS]?.["x-options"];
  const own = credential?.defaultPerformAs ?? credential?.account.userId ?? undefined;
  const isAsked = list !== undefined && credential !== undefined && own !== undefined;
  const { data } = useQuery({ ...optionsQuery(credential?.id ?? "", list ?? ""), enabled: isAsked });
  const name = data?.data.find(({ value }) => value === own)?.label ?? own;
  return useMemo((): Record<string, string> => {
    if (list === undefined) return {};
    if (name !== undefined) return { [PERFORM_AS]: `${name}, this credential's own user` };
    return { [PERFORM_AS]: "Choose a user: this credential has no default" };
  }, [list, name]);
}

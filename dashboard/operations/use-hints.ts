import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Operation, useConnector } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { optionsQuery } from "../api/options.ts";

/** What an empty field means for this credential, field by field: the user that stands in where none is chosen. */
export function useHints(operation: Operation, credential: Credential | undefined): Readonly<Record<string, string>> {
  const field = useConnector().performAs?.input ?? "";
  const list = operation.input.properties?.[field]?.["x-options"];
  const own = credential?.defaultPerformAs ?? credential?.account.userId ?? undefined;
  const isAsked = list !== undefined && credential !== undefined && own !== undefined;
  const { data } = useQuery({ ...optionsQuery(credential?.id ?? "", list ?? ""), enabled: isAsked });
  const name = data?.data.find(({ value }) => value === own)?.label ?? own;
  return useMemo((): Record<string, string> => {
    if (list === undefined) return {};
    if (name !== undefined) return { [field]: `${name}, this credential's own user` };
    return { [field]: "Choose a user: this credential has no default" };
  }, [field, list, name]);
}

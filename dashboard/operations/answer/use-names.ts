import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Connector, type Schema, useConnector } from "../../api/connector.ts";
import { optionsQuery } from "../../api/options.ts";

/** The name behind an id that a field of a record holds; undefined where none is known. */
export type NameOf = (field: Schema | undefined, id: string) => string | undefined;

/**
 * Names for the ids in a record: a field that may hold a whole `User` holds a user's id otherwise, and the pick list made of users knows its
 * name. Nothing here speaks of a certain operation or field.
 */
export function useNames(credential: string, record: Schema | undefined): NameOf {
  const connector = useConnector();
  const lists = useMemo(() => listsBehind(connector, record), [connector, record]);
  return useQueries({
    queries: [...new Set(lists.values())].map((list) => optionsQuery(credential, list)),
    combine: (answers) => {
      const names = [...new Set(lists.values())].map(
        (list, at) => [list, new Map(answers[at]?.data?.data.map(({ value, label }) => [value, label]))] as const,
      );
      const byList = new Map(names);
      return (field, id) => {
        const list = resourceOf(field) === undefined ? undefined : lists.get(resourceOf(field) as string);
        return list === undefined ? undefined : byList.get(list)?.get(id);
      };
    },
  });
}

/** Pick list by the title of the resource that it lists, for the resources that fields of this record refer to. */
function listsBehind(connector: Connector, record: Schema | undefined): ReadonlyMap<string, string> {
  const wanted = new Set(
    Object.values(record?.properties ?? {}).flatMap((field) => [resourceOf(field), resourceOf(field.items)]),
  );
  const entries = Object.entries(connector.optionLists).flatMap(([list, { operation, value }]) => {
    const title = itemOf(connector.operations[operation]?.output)?.title;
    return title !== undefined && value === "id" && wanted.has(title) ? [[title, list] as const] : [];
  });
  return new Map(entries);
}

/** The record that an operation's answer holds one or many of. */
export function itemOf(output: Schema | undefined): Schema | undefined {
  const data = output?.properties?.data;
  return data?.items ?? data;
}

function resourceOf(field: Schema | undefined): string | undefined {
  const choices = field?.anyOf as readonly Schema[] | undefined;
  return choices?.find(({ type, title }) => type === "object" && title !== undefined)?.title;
}

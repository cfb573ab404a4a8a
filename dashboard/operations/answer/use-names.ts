import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { variantsOf } from "../../../json-schema/describe.ts";
import { walkSchema } from "../../../json-schema/walk.ts";
import { type Connector, type Schema, useConnector } from "../../api/connector.ts";
import { optionsQuery } from "../../api/options.ts";

/** The name behind an id that a field of a record holds; undefined where none is known. */
export type NameOf = (field: Schema | undefined, id: string) => string | undefined;

/**
 * Names for the ids in a record. A field says by `x-options` which pick list knows them; one that may hold a whole `User` holds a user's id
 * otherwise, and the pick list made of users knows its name. Nothing here speaks of a certain operation or field.
 */
export function useNames(credential: string, record: Schema | undefined): NameOf {
  const connector = useConnector();
  const byTitle = useMemo(() => listsByTitle(connector), [connector]);
  const lists = useMemo(() => [...new Set(listsIn(record, byTitle))], [record, byTitle]);
  return useQueries({
    queries: lists.map((list) => optionsQuery(credential, list)),
    combine: (answers) => {
      const names = new Map(
        lists.map((list, at) => [list, new Map(answers[at]?.data?.data.map(({ value, label }) => [value, label]))]),
      );
      return (field, id) => names.get(listOf(field, byTitle) ?? "")?.get(id);
    },
  });
}

type ByTitle = ReadonlyMap<string, string>;

/** Pick lists of ids, by the title of the resource that they list. */
function listsByTitle({ optionLists, operations }: Connector): ByTitle {
  const entries = Object.entries(optionLists).flatMap(([list, { operation, value }]) => {
    const title = itemOf(operations[operation]?.output)?.title;
    return title !== undefined && value === "id" ? [[title, list] as const] : [];
  });
  return new Map(entries);
}

/** The pick lists that know ids in this record, nested ones included. */
function listsIn(schema: Schema | undefined, byTitle: ByTitle): string[] {
  return schema === undefined ? [] : [...walkSchema(schema)].flatMap((at) => listOf(at.schema, byTitle) ?? []);
}

function listOf(field: Schema | undefined, byTitle: ByTitle): string | undefined {
  if (field?.["x-options"] !== undefined) return field["x-options"];
  const resource = (field ? variantsOf(field) : []).find(({ type, title }) => type === "object" && title !== undefined)?.title;
  return resource === undefined ? undefined : byTitle.get(resource);
}

/** The record that an operation's answer holds one or many of. */
export function itemOf(output: Schema | undefined): Schema | undefined {
  const data = output?.properties?.data;
  return data?.items ?? data;
}

import { Text } from "@mantine/core";
import { Fragment } from "react";
import { type Operation, type Schema, useConnector } from "../../api/connector.ts";
import type { OperationCall } from "../../api/operations.ts";
import { usePickList } from "../../fields/use-pick-list.ts";
import { isFilter } from "../../form/group-fields.ts";
import { pageFields } from "../pages.ts";

/** What a list was asked for, beside what came of it: the form above may say something else by now. */
export function Filters({ operation: { input: schema }, call }: { operation: Operation; call: OperationCall }) {
  const { limit, cursorIn } = pageFields(useConnector().pagination);
  const given = Object.entries(call.input).filter(([name]) => name !== cursorIn && isFilter(name, schema, limit));
  return (
    <Text size="sm" c="dimmed" role="note" aria-label="Filters in force" style={{ overflowWrap: "anywhere" }}>
      {given.length === 0 ? "No filters" : "Filters: "}
      {given.map(([name, value], at) => (
        <Fragment key={name}>
          {at > 0 && " · "}
          {schema.properties?.[name]?.title ?? name}{" "}
          <Text span inherit c="var(--mantine-color-text)">
            <FilterValue credential={call.credential} field={schema.properties?.[name]} value={value} />
          </Text>
        </Fragment>
      ))}
    </Text>
  );
}

function FilterValue({ credential, field, value }: { credential: string; field: Schema | undefined; value: unknown }) {
  const list = field?.["x-options"];
  const chosen = (Array.isArray(value) ? value : [value]).map(String);
  const { optionOf } = usePickList({ credential, list: list ?? "", search: "", chosen, isWanted: list !== undefined });
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (field?.["x-unit"] === "ms") return new Date(value as string | number).toLocaleString();
  return chosen.map((one) => optionOf(one).label).join(" or ");
}

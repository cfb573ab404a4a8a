import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import type { Schema } from "../../api/connector.ts";
import { isRecord, labelOf } from "./columns.ts";
import type { NameOf } from "./use-names.ts";
import { Value, type ValueProps } from "./value.tsx";

export interface FieldListProps {
  readonly data: Record<string, unknown>;
  /** Shown elsewhere already. */
  readonly without: readonly string[];
  readonly record: Schema | undefined;
  readonly nameOf: NameOf;
}

/** Every field of a record that holds something, with its name. */
export function FieldList({ data, without, record, nameOf }: FieldListProps) {
  const fields = Object.entries(data).filter(([name, value]) => !without.includes(name) && !isEmpty(value));
  return (
    <SimpleGrid component="dl" cols={{ base: 1, xs: 2, lg: 3 }} spacing="lg" verticalSpacing="sm" m={0}>
      {fields.map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="xs" c="dimmed">
            {labelOf(name)}
          </Text>
          <Text component="dd" m={0} size="sm">
            <Field name={name} value={value} schema={record?.properties?.[name]} nameOf={nameOf} />
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

/** A nested object field by field; what has a name of its own, by that. */
function Field(props: ValueProps) {
  const { value, schema, nameOf } = props;
  if (!isRecord(value) || typeof value.name === "string" || typeof value.text === "string") return <Value {...props} />;
  const parts = Object.entries(value).filter(([, part]) => !isEmpty(part));
  return (
    <Stack gap={2}>
      {parts.map(([name, part]) => (
        <Group key={name} gap={6} wrap="nowrap" align="baseline">
          <Text span size="xs" c="dimmed">
            {labelOf(name)}
          </Text>
          <Value name={name} value={part} schema={schema?.properties?.[name]} nameOf={nameOf} />
        </Group>
      ))}
    </Stack>
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

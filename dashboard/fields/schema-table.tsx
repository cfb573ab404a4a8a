import { ActionIcon, Badge, Code, Group, Table, Text, Title } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import type { Schema } from "../api/connector.ts";
import { type SchemaRow, toRows } from "./schema-rows.ts";
import classes from "./schema-table.module.css";
import { toAllowed, toLimits, toTypeWords } from "./schema-words.ts";

export interface SchemaTableProps {
  readonly title: string;
  readonly schema: Schema;
  /** Of an answer it matters little what is always there. */
  readonly marksRequired?: boolean;
}

/** The fields of a JSON Schema as people read them. What lies within a field opens on demand; the records themselves are open at once. */
export function SchemaTable({ title, schema, marksRequired = false }: SchemaTableProps) {
  const id = useId();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(["data", "data[]"]));
  const rows = toRows(schema, (path) => open.has(path));

  function toggle(path: string) {
    const next = new Set(open);
    if (!next.delete(path)) next.add(path);
    setOpen(next);
  }

  return (
    <section aria-labelledby={id}>
      <Title order={4} size="sm" id={id} mb={4}>
        {title}
      </Title>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing.
        </Text>
      ) : (
        <Table className={classes.table} aria-labelledby={id} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="28%">Field</Table.Th>
              <Table.Th w="24%">Type</Table.Th>
              <Table.Th>Meaning</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Row key={row.path} row={row} isOpen={open.has(row.path)} onToggle={toggle} marksRequired={marksRequired} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </section>
  );
}

interface RowProps {
  readonly row: SchemaRow;
  readonly isOpen: boolean;
  readonly onToggle: (path: string) => void;
  readonly marksRequired: boolean;
}

function Row({ row: { path, name, depth, schema, isRequired, hasFields }, isOpen, onToggle, marksRequired }: RowProps) {
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const limits = toLimits(schema);
  const allowed = toAllowed(schema);
  return (
    <Table.Tr>
      <Table.Td data-label="Field">
        <Group gap={6} pl={Math.min(depth, 4) * 14}>
          <Code className={classes.name}>{name}</Code>
          {hasFields && (
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-expanded={isOpen}
              aria-label={`Fields of ${path}`}
              onClick={() => onToggle(path)}
            >
              <Chevron size={14} />
            </ActionIcon>
          )}
          {marksRequired && isRequired && (
            <Badge size="sm" flex="none">
              Required
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td data-label="Type">{toTypeWords(schema)}</Table.Td>
      <Table.Td data-label="Meaning">
        {schema.description}
        {allowed.length > 0 && (
          <Text size="sm" mt={4} component="div">
            Allowed:{" "}
            {allowed.map((value) => (
              <Code key={String(value)} mr={4}>
                {String(value)}
              </Code>
            ))}
          </Text>
        )}
        {limits.length > 0 && (
          <Text size="sm" c="dimmed" mt={4}>
            {limits.join(". ")}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

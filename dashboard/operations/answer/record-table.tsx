import { ActionIcon, Menu, Paper, Table } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import type { Schema } from "../../api/connector.ts";
import type { RecordAction } from "../record-actions.ts";
import { columnsOf, isRecord, labelOf } from "./columns.ts";
import classes from "./record-table.module.css";
import { useNames } from "./use-names.ts";
import { Value } from "./value.tsx";

export interface RecordTableProps {
  readonly rows: readonly unknown[];
  readonly record: Schema | undefined;
  readonly credential: string;
  readonly actions: readonly RecordAction[];
  readonly caption: string;
}

/** A list of records as a table; each row offers the operations that take it. */
export function RecordTable({ rows, record, credential, actions, caption }: RecordTableProps) {
  const nameOf = useNames(credential, record);
  const columns = columnsOf(record, rows);
  return (
    <Paper p={0} className={classes.frame}>
      <Table.ScrollContainer
        minWidth={columns.length * 110}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": caption } }}
      >
        <Table highlightOnHover verticalSpacing="xs" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((name) => (
                <Table.Th key={name}>{labelOf(name)}</Table.Th>
              ))}
              {actions.length > 0 && <Table.Th aria-label="Actions" className={classes.actions} />}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.filter(isRecord).map((row, at) => (
              <Table.Tr key={typeof row.id === "string" ? row.id : at}>
                {columns.map((name) => (
                  <Table.Td key={name}>
                    <Value name={name} value={row[name]} schema={record?.properties?.[name]} nameOf={nameOf} isShort />
                  </Table.Td>
                ))}
                {actions.length > 0 && (
                  <Table.Td className={classes.actions}>
                    <RowMenu row={row} actions={actions} />
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function RowMenu({ row, actions }: { row: Record<string, unknown>; actions: readonly RecordAction[] }) {
  if (typeof row.id !== "string") return null;
  const called = typeof row.name === "string" && row.name !== "" ? row.name : row.id;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${called}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(({ operation, title, go }) => (
          <Menu.Item key={operation} onClick={() => go(row.id as string)}>
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

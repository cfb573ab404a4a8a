import { NavLink, Paper, Select, Stack, Text } from "@mantine/core";
import { Link, useLocation } from "wouter";
import type { Connector } from "../api/connector.ts";
import { useOperationAddress } from "./operation-address.ts";

export interface OperationPickerProps {
  readonly connector: Connector;
  readonly operation: string;
}

/** Operations by what they do; a list on wide screens, a select on narrow ones. */
export function OperationPicker({ connector, operation }: OperationPickerProps) {
  const [, navigate] = useLocation();
  const address = useOperationAddress();
  const groups = groupsOf(connector);
  return (
    <>
      <Select
        hiddenFrom="md"
        label="Operation"
        searchable
        allowDeselect={false}
        data={groups.map(({ title, operations }) => ({
          group: title,
          items: operations.map(({ id, title: label }) => ({ value: id, label })),
        }))}
        value={operation}
        onChange={(id) => id !== null && navigate(address(id))}
      />
      <Paper component="nav" aria-label="Operations" visibleFrom="md" p="sm">
        <Stack gap="md">
          {groups.map(({ title, operations }) => (
            <div key={title}>
              <Text size="xs" c="dimmed" fw={600} px="sm" pb={4}>
                {title}
              </Text>
              {operations.map(({ id, title: label }) => (
                <NavLink
                  key={id}
                  component={Link}
                  href={address(id)}
                  label={label}
                  active={id === operation}
                  aria-current={id === operation ? "page" : undefined}
                  bdrs="sm"
                  py={6}
                />
              ))}
            </div>
          ))}
        </Stack>
      </Paper>
    </>
  );
}

interface Group {
  readonly title: string;
  readonly operations: readonly { readonly id: string; readonly title: string }[];
}

/** What people come for first; the lists behind pick lists last. */
function groupsOf({ operations, optionLists }: Connector): readonly Group[] {
  const lists = new Set(Object.values(optionLists).map(({ operation }) => operation));
  const all = Object.entries(operations).map(([id, { title, effect }]) => ({
    id,
    title,
    isRead: effect === "read",
    isList: lists.has(id),
  }));
  return [
    { title: "Read", operations: all.filter(({ isRead, isList }) => isRead && !isList) },
    { title: "Change", operations: all.filter(({ isRead }) => !isRead) },
    { title: "Reference data", operations: all.filter(({ isRead, isList }) => isRead && isList) },
  ].filter((group) => group.operations.length > 0);
}

import { Button, Group, Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { RecordAction } from "../record-actions.ts";

/** So many stand beside the record; more of them would be larger than it. */
const OUTSIDE = 2;

/** The operations that take the record that is shown: the first of the connector as buttons, the others in a menu. */
export function RecordUses({ id, actions }: { id: string; actions: readonly RecordAction[] }) {
  const [outside, inside] = [actions.slice(0, OUTSIDE), actions.slice(OUTSIDE)];
  return (
    <Group gap="xs">
      {outside.map(({ operation, title, go }) => (
        <Button key={operation} size="xs" variant="light" onClick={() => go(id)}>
          {title}
        </Button>
      ))}
      {inside.length > 0 && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
              Use in …
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {inside.map(({ operation, title, go }) => (
              <Menu.Item key={operation} onClick={() => go(id)}>
                {title}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  );
}

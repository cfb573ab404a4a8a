import { Group, Paper, Title } from "@mantine/core";
import type { ReactNode } from "react";

export interface PanelProps {
  readonly id: string;
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page with a heading of its own. */
export function Panel({ id, title, actions, children }: PanelProps) {
  return (
    <Paper component="section" id={id} aria-labelledby={`${id}-title`}>
      <Group justify="space-between" mb="sm" gap="sm">
        <Title order={2} id={`${id}-title`}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}

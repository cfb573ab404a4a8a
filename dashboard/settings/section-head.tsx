import { Box, Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "../shell/page.module.css";

/** What a part of the settings is about. */
export function SectionHead({ title, children, actions }: { title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <Group justify="space-between" align="flex-start" gap="md" mb="md">
      <Box flex="1 1 18rem" miw={0}>
        <Title order={2} tabIndex={-1} className={classes.heading}>
          {title}
        </Title>
        <Text size="sm" c="dimmed" mt={4} maw={640} component="div">
          {children}
        </Text>
      </Box>
      {actions}
    </Group>
  );
}

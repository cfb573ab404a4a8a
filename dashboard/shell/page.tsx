import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, Suspense, useEffect } from "react";
import { Boundary } from "./boundary.tsx";
import { Loading } from "./loading.tsx";

export interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** A picture before the title. */
  readonly icon?: ReactNode;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  /** A line above the title that leads back. */
  readonly above?: ReactNode;
  readonly children: ReactNode;
}

/** Frame of every page: its one heading, the browser's title, and what is shown while a part is read or has failed. */
export function Page({ title, lead, icon, actions, above, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · lever-connector`;
  }, [title]);
  return (
    <Stack gap="lg" maw={1120} mx="auto" w="100%">
      <Box component="header">
        {above}
        <Group justify="space-between" align="flex-start" gap="md">
          <Group flex="1 1 18rem" miw={0} wrap="nowrap" align="flex-start">
            {icon}
            <Box miw={0}>
              <Title order={1}>{title}</Title>
              {lead && (
                <Text c="dimmed" mt={4} maw={720} component="div">
                  {lead}
                </Text>
              )}
            </Box>
          </Group>
          {actions && <Group gap="sm">{actions}</Group>}
        </Group>
      </Box>
      <Boundary>
        <Suspense fallback={<Loading what={title} />}>{children}</Suspense>
      </Boundary>
    </Stack>
  );
}

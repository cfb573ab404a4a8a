import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, Suspense, useEffect } from "react";
import { useArrival } from "./arrival.ts";
import { Boundary } from "./boundary.tsx";
import { Loading } from "./loading.tsx";
import classes from "./page.module.css";

export interface PageProps {
  readonly title: string;
  /** In the browser's title before the page's own: the part of the page that is shown. */
  readonly part?: string | undefined;
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
export function Page({ title, part, lead, icon, actions, above, children }: PageProps) {
  const heading = useArrival<HTMLHeadingElement>();
  useEffect(() => {
    document.title = `${part === undefined ? "" : `${part} · `}${title} · lever-connector`;
  }, [title, part]);
  return (
    <Stack gap="lg" maw={1120} mx="auto" w="100%">
      <Box component="header">
        {above}
        <Group justify="space-between" align="flex-start" gap="md">
          <Group flex="1 1 18rem" miw={0} wrap="nowrap" align="flex-start">
            {icon}
            <Box miw={0}>
              <Title order={1} ref={heading} tabIndex={-1} className={classes.heading}>
                {title}
              </Title>
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

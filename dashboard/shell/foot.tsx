import { ActionIcon, Box, Group, NavLink, Stack, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconExternalLink, IconLogout } from "@tabler/icons-react";
import { toProblem } from "../api/problem.ts";
import { useSignedIn, useSignOut } from "../api/session.ts";
import { ColorSchemeButton } from "../theme/color-scheme-button.tsx";
import classes from "./shell.module.css";

/** Foot of the menu: the playground, who is signed in, the theme, the way out. */
export function Foot() {
  const { person, playground, version } = useSignedIn();
  const signOut = useSignOut();

  function leave() {
    signOut.mutate(undefined, {
      onError: (error) => {
        const { title, detail } = toProblem(error);
        notifications.show({ color: "brick", title: `Not signed out: ${title}`, message: detail });
      },
    });
  }

  return (
    <Stack gap="xs">
      {playground && (
        <NavLink
          component="a"
          href={playground.url}
          target="_blank"
          label="Playground"
          description="Runs on this machine"
          leftSection={<IconExternalLink size={18} stroke={1.7} />}
          className={classes.place}
        />
      )}
      <Group justify="space-between" wrap="nowrap" className={classes.foot}>
        <Box miw={0}>
          <Text size="sm" truncate>
            {person.name ?? person.email ?? "Signed in"}
          </Text>
          <Text size="xs" className={classes.soft}>
            Version {version}
          </Text>
        </Box>
        <Group gap={2} wrap="nowrap">
          <ColorSchemeButton />
          <Tooltip label="Sign out">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label="Sign out"
              loading={signOut.isPending || signOut.isSuccess}
              onClick={leave}
            >
              <IconLogout size={18} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
    </Stack>
  );
}

import { ActionIcon, AppShell, Box, Burger, Group, NavLink, ScrollArea, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustments, IconBuildingStore, IconExternalLink, IconKey, IconLogout, IconPlayerPlay } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { Link, useLocation } from "wouter";
import { useSignedIn, useSignOut } from "../api/session.ts";
import { ColorSchemeButton } from "../theme/color-scheme-button.tsx";
import { Logo } from "./logo.tsx";
import { ProjectSwitch } from "./project-switch.tsx";
import classes from "./shell.module.css";

const PLACES = [
  { to: "/marketplace", label: "Marketplace", icon: IconBuildingStore },
  { to: "/credentials", label: "Credentials", icon: IconKey },
  { to: "/operations", label: "Operations", icon: IconPlayerPlay },
  { to: "/settings", label: "Settings", icon: IconAdjustments },
] as const;

/** The frame around every page: where one can go, in which project one is, and the way out. */
export function Shell({ children }: { children: ReactNode }) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const [location] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu
  useEffect(close, [location]);
  return (
    <AppShell
      header={{ height: { base: 56, sm: 0 } }}
      navbar={{ width: 236, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <a className="skip" href="#page">
        To the page
      </a>
      <AppShell.Header hiddenFrom="sm" className={classes.rail} px="md">
        <Group h="100%" justify="space-between">
          <Logo />
          <Burger
            opened={isOpen}
            onClick={toggle}
            color="currentColor"
            aria-label={isOpen ? "Close the menu" : "Open the menu"}
          />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.rail} p="md" aria-label="Places">
        <Box visibleFrom="sm" mb="lg">
          <Logo />
        </Box>
        <ProjectSwitch />
        <AppShell.Section grow component={ScrollArea} mt="md">
          <Stack gap={4}>
            {PLACES.map(({ to, label, icon: Icon }) => (
              <NavLink
                key={to}
                component={Link}
                href={to}
                label={label}
                leftSection={<Icon size={18} stroke={1.7} />}
                active={location.startsWith(to)}
                aria-current={location.startsWith(to) ? "page" : undefined}
                className={classes.place}
              />
            ))}
          </Stack>
        </AppShell.Section>
        <Foot />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} className={classes.main}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function Foot() {
  const { person, playground, version } = useSignedIn();
  const signOut = useSignOut();
  return (
    <Stack gap="xs">
      {playground && (
        <NavLink
          component="a"
          href={playground.url}
          target="_blank"
          label="Playground"
          description="The Lever on this machine"
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
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="Sign out"
            loading={signOut.isPending}
            onClick={() => signOut.mutate()}
          >
            <IconLogout size={18} />
          </ActionIcon>
        </Group>
      </Group>
    </Stack>
  );
}

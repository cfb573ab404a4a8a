import { AppShell, Box, Burger, Group, NavLink, ScrollArea, Stack } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import {
  IconAdjustments,
  IconBuildingStore,
  IconHistory,
  IconKey,
  IconListDetails,
  IconPlayerPlay,
  IconRoute,
} from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { Arrival } from "./arrival.ts";
import { Foot } from "./foot.tsx";
import { Logo } from "./logo.tsx";
import { ProjectSwitch } from "./project-switch.tsx";
import { SessionWatch } from "./session-watch.tsx";
import classes from "./shell.module.css";

const PLACES = [
  { to: "/marketplace", label: "Marketplace", icon: IconBuildingStore },
  { to: "/credentials", label: "Credentials", icon: IconKey },
  { to: "/operations", label: "Operations", icon: IconPlayerPlay },
  { to: "/workflows", label: "Workflows", icon: IconRoute },
  { to: "/runs", label: "Runs", icon: IconListDetails },
  { to: "/activity", label: "Activity", icon: IconHistory },
  { to: "/settings", label: "Settings", icon: IconAdjustments },
] as const;

/** The frame around every page: where one can go, in which project one is, and the way out. */
export function Shell({ children }: { children: ReactNode }) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const isWide = useMediaQuery("(min-width: 48em)");
  const [location] = useLocation();
  const burger = useRef<HTMLButtonElement>(null);
  const arrival = useRef<string | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu
  useEffect(close, [location]);

  function closeByKey({ key, defaultPrevented }: KeyboardEvent) {
    if (key !== "Escape" || defaultPrevented || !isOpen) return;
    close();
    burger.current?.focus();
  }

  return (
    <Arrival value={arrival}>
      <AppShell
        header={{ height: { base: 56, sm: 0 } }}
        navbar={{ width: 244, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
        padding={{ base: "md", sm: "xl" }}
        onKeyDown={closeByKey}
      >
        <a className="skip" href="#page">
          Skip to the content
        </a>
        <AppShell.Header hiddenFrom="sm" className={classes.rail} px="md">
          <Group h="100%" justify="space-between">
            <Home />
            <Burger
              ref={burger}
              opened={isOpen}
              onClick={toggle}
              color="#fff"
              aria-expanded={isOpen}
              aria-controls="menu"
              aria-label={isOpen ? "Close the menu" : "Open the menu"}
            />
          </Group>
        </AppShell.Header>
        <AppShell.Navbar
          id="menu"
          className={`${classes.rail} ${classes.menu}`}
          data-open={isOpen || undefined}
          p="md"
          aria-label="Main"
        >
          <Box visibleFrom="sm" mb="lg" px={4}>
            <Home />
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
        <AppShell.Main id="page" tabIndex={-1} className={classes.main} inert={isOpen && !isWide}>
          {children}
        </AppShell.Main>
        <SessionWatch />
      </AppShell>
    </Arrival>
  );
}

function Home() {
  return (
    <Link href="/marketplace" className={classes.home}>
      <Logo />
    </Link>
  );
}

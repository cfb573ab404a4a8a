import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconClockOff } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type SignedOut, sessionQuery } from "../api/session.ts";
import { BASE_PATH } from "../base-path.ts";
import { ColorSchemeButton } from "../theme/color-scheme-button.tsx";
import { Copyable } from "./copyable.tsx";
import { Logo } from "./logo.tsx";
import { Motif } from "./motif.tsx";
import { keepReturnAddress } from "./return-address.ts";
import classes from "./sign-in.module.css";

const COMMAND = "npx lever-connector access-link";

/** For people who are not signed in: how to get in. The address stays, and is shown after sign-in. */
export function SignIn({ oidc, ended }: SignedOut) {
  const queries = useQueryClient();
  useEffect(() => {
    document.title = "Sign in · lever-connector";
    const path = window.location.pathname.slice(BASE_PATH.length);
    if (path.length > 1) keepReturnAddress(`${path}${window.location.search}`);
    // What the session showed is not for the next person.
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  }, [queries]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // What had the focus is gone.
    if (ended) heading.current?.focus();
  }, [ended]);
  return (
    <div className={classes.frame}>
      <header className={classes.side}>
        <Logo />
        <Motif className={classes.motif} />
        <Text className={classes.claim}>Accounts, connected to the rest of your work, on a server of your own.</Text>
      </header>
      <main className={classes.main}>
        <Group justify="flex-end" className={classes.top}>
          <ColorSchemeButton />
        </Group>
        <Stack w="100%" maw={420} gap="md" m="auto">
          {ended && (
            <Alert color="amber" icon={<IconClockOff />} title="Your session has ended" role="status">
              Sign in again, and you are back on this page.
            </Alert>
          )}
          <Title order={1} ref={heading} tabIndex={-1} className={classes.heading}>
            Sign in
          </Title>
          {oidc && (
            <Button component="a" href={oidc.url} size="md" fullWidth>
              {oidc.title}
            </Button>
          )}
          <Text>
            {oidc
              ? "Or open an access link. It works once, for 24 hours."
              : "Open the access link that the server printed at its first start. It works once, for 24 hours."}{" "}
            For a new one, run this where the server keeps its data:
          </Text>
          <Copyable value={COMMAND} what="the command" />
          <Text size="sm" c="dimmed">
            This page notices automatically when you have signed in. You stay signed in for 12 hours at most, or until the
            dashboard has not been used for half an hour.
          </Text>
        </Stack>
      </main>
    </div>
  );
}

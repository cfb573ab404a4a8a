import { Button, Center, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { SignedOut } from "../api/session.ts";
import { ColorSchemeButton } from "../theme/color-scheme-button.tsx";
import { Logo } from "./logo.tsx";

/** For whoever is not signed in: how to get in. */
export function SignIn({ oidc }: { oidc: SignedOut["oidc"] }) {
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack w="100%" maw={440} gap="lg">
        <Group justify="space-between">
          <Logo />
          <ColorSchemeButton />
        </Group>
        <Paper p="xl">
          <Stack gap="md">
            <Title order={1}>Sign in</Title>
            {oidc && (
              <Button component="a" href={oidc.url} size="md" fullWidth>
                {oidc.title}
              </Button>
            )}
            <Text size="sm">
              {oidc ? "Or open" : "Open"} the access link that the server printed when it was started. It works once. For a new
              one, run this where the server keeps its data:
            </Text>
            <Code block>npx lever-connector access-link</Code>
            <Text size="sm" c="dimmed">
              Signed in, you stay so for 12 hours at most, or until the dashboard has been left alone for half an hour.
            </Text>
          </Stack>
        </Paper>
      </Stack>
    </Center>
  );
}

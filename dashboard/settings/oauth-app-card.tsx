import { Badge, Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPencil, IconPlus, IconRestore } from "@tabler/icons-react";
import type { Connector } from "../api/connector.ts";
import { type OAuthApp, useRemoveOAuthApp } from "../api/oauth-apps.ts";
import { environmentWords } from "../credentials/environment-words.ts";
import { Confirm } from "../shell/confirm.tsx";
import { CallbackAddress } from "./callback-address.tsx";
import { OAuthAppForm } from "./oauth-app-form.tsx";
import { sourceWords } from "./source-words.ts";
import { useFocusBack } from "./use-focus-back.ts";

/** The app of one environment: what is used, where it comes from, and the way to another one. */
export function OAuthAppCard({ app, connector }: { app: OAuthApp; connector: Connector }) {
  const { environment, clientId, source, scopes } = app;
  const [isEditing, edit] = useDisclosure();
  const [isLeaving, leave] = useDisclosure();
  const remove = useRemoveOAuthApp();
  const opener = useFocusBack(isEditing);
  const { title, text } = environmentWords(environment, connector);
  const words = sourceWords(app);
  const id = `app-${app.connector}-${environment}`;

  function useDefault() {
    remove.mutate(app, {
      onSuccess: () => {
        leave.close();
        edit.close();
        notifications.show({ title: "Removed", message: `${title} uses its default again.` });
      },
    });
  }

  return (
    <Paper component="section" aria-labelledby={id}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div>
            <Title order={3} id={id}>
              {title}
            </Title>
            <Text size="sm" c="dimmed">
              {text}
            </Text>
          </div>
          <Badge color={words.color} size="lg">
            {words.badge}
          </Badge>
        </Group>
        <Text size="sm" maw={640}>
          {words.text}
        </Text>
        {clientId !== null && (
          <Text size="sm">
            Client ID <Code>{clientId}</Code> · its secret is saved and never shown · requests {scopes.length}{" "}
            {scopes.length === 1 ? "scope" : "scopes"}
          </Text>
        )}
        <CallbackAddress connector={app.connector} environment={environment} />
        {isEditing ? (
          <OAuthAppForm app={app} connector={connector} onDone={edit.close} onClear={leave.open} />
        ) : (
          <Group gap="sm">
            <Button
              ref={opener}
              variant={source === null ? "filled" : "light"}
              leftSection={source === "settings" ? <IconPencil size={16} aria-hidden /> : <IconPlus size={16} aria-hidden />}
              onClick={edit.open}
              aria-label={source === "settings" ? `Change the app of ${title}` : `Set up an app for ${title}`}
            >
              {source === "settings" ? "Change" : "Set up an app of your own"}
            </Button>
            {source === "settings" && (
              <Button
                variant="default"
                leftSection={<IconRestore size={16} aria-hidden />}
                onClick={leave.open}
                aria-label={`Use the default of ${title} again`}
              >
                Use the default again
              </Button>
            )}
          </Group>
        )}
      </Stack>
      <Confirm
        title="Use the default again?"
        verb="Remove the app"
        isOpen={isLeaving}
        onClose={leave.close}
        onConfirm={useDefault}
        change={remove}
      >
        Client ID and secret of {title} are deleted here. What takes their place is the app of the server’s configuration, or the
        built-in one of the playground; where there is neither, accounts cannot be connected by OAuth. Accounts connected through
        this app have to be reconnected when their access expires.
      </Confirm>
    </Paper>
  );
}

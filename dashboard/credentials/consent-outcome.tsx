import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import type { Connector } from "../api/connector.ts";
import { type Credential, useReconnectCredential, type useTestCredential } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { ConnectFailure } from "./connect-failure.tsx";
import { type ConsentWords, consentWords } from "./consent-words.ts";
import classes from "./credential-view.module.css";
import { goToConsent } from "./go-to-consent.ts";
import { ScopeList } from "./scope-list.tsx";

export interface ConsentOutcomeProps {
  readonly code: string;
  readonly credential: Credential;
  readonly connector: Connector;
  readonly test: ReturnType<typeof useTestCredential>;
  readonly onDismiss: () => void;
}

/** What came of the consent from which one has just come back, and what to do next. */
export function ConsentOutcome(props: ConsentOutcomeProps) {
  return props.code === "connected" ? <Connected {...props} /> : <Ended {...props} />;
}

function Connected({ credential: { id }, connector, test, onDismiss }: ConsentOutcomeProps) {
  const { mutate } = test;
  useEffect(() => mutate(id), [mutate, id]);
  return (
    <Alert
      color="sea"
      icon={<IconCircleCheck aria-hidden />}
      title={`${connector.name} is connected`}
      role="status"
      withCloseButton
      closeButtonLabel="Close this message"
      onClose={onDismiss}
    >
      <Text size="sm">The connection was approved. Whether the credential works is what the test below finds.</Text>
    </Alert>
  );
}

function Ended({ code, credential, connector, onDismiss }: ConsentOutcomeProps) {
  const { title, text, steps } = consentWords(code, useService());
  const missing = code === "credential_scope_missing" ? (credential.missingScopes ?? []) : [];
  const message = useRef<HTMLDivElement>(null);
  useEffect(() => message.current?.focus(), []);
  return (
    <Alert
      color={code === "credential_scope_missing" ? "amber" : "brick"}
      icon={<IconPlugConnectedX aria-hidden />}
      title={title}
      role="alert"
      tabIndex={-1}
      className={classes.message}
      ref={message}
      withCloseButton
      closeButtonLabel="Close this message"
      onClose={onDismiss}
    >
      <Stack gap="sm">
        <Text size="sm">{text}</Text>
        {missing.length > 0 && (
          <div>
            <Text size="sm" fw={600} mb={4}>
              Not granted
            </Text>
            <ScopeList scopes={missing} connector={connector} label="Scopes that were not granted" />
          </div>
        )}
        <NextSteps steps={steps} credential={credential} />
      </Stack>
    </Alert>
  );
}

function NextSteps({ steps, credential }: { steps: ConsentWords["steps"]; credential: Credential }) {
  const reconnect = useReconnectCredential();
  const buttons = {
    again: (
      <Button
        key="again"
        size="xs"
        loading={reconnect.isPending || reconnect.isSuccess}
        onClick={() => reconnect.mutate({ id: credential.id }, { onSuccess: goToConsent })}
      >
        Start again
      </Button>
    ),
    settings: (
      <Button key="settings" size="xs" variant="light" component={Link} href="/settings/oauth-apps">
        Open the OAuth app’s settings
      </Button>
    ),
    add: (
      <Button key="add" size="xs" variant="light" component={Link} href="/credentials?add">
        Add another credential
      </Button>
    ),
  };
  return (
    <>
      <Group gap="xs">{steps.map((step) => buttons[step])}</Group>
      {reconnect.error && <ConnectFailure error={reconnect.error} />}
    </>
  );
}

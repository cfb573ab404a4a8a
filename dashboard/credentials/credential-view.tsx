import { Button, Group, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHistory, IconPencil } from "@tabler/icons-react";
import { Link } from "wouter";
import { ConnectorScope, useConnector } from "../api/connector.ts";
import { type Credential, useTestCredential } from "../api/credentials.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Page } from "../shell/page.tsx";
import { AUTH_WORDS } from "./auth-words.ts";
import { ConsentOutcome } from "./consent-outcome.tsx";
import { CredentialFacts } from "./credential-facts.tsx";
import classes from "./credential-view.module.css";
import { environmentWords } from "./environment-words.ts";
import { PerformAs } from "./perform-as.tsx";
import { Permissions } from "./permissions.tsx";
import { Reconnect } from "./reconnect.tsx";
import { RemoveCredential } from "./remove-credential.tsx";
import { RenameDialog } from "./rename-dialog.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { StatusPanel } from "./status-panel.tsx";
import { TestPanel } from "./test-panel.tsx";
import { useConsentResult } from "./use-consent-result.ts";

export function CredentialView({ credential }: { credential: Credential }) {
  const [isRenaming, { open, close }] = useDisclosure();
  return (
    <Page
      title={credential.nickname}
      above={<BackLink to="/credentials">Credentials</BackLink>}
      lead={
        <Group gap="xs" component="span">
          <StatusBadge credential={credential} size="lg" />
          <span>{AUTH_WORDS[credential.auth]}</span>
        </Group>
      }
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconHistory size={16} aria-hidden />}
            component={Link}
            href={`/activity?credential=${encodeURIComponent(credential.id)}`}
          >
            Activity
          </Button>
          <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={open}>
            Rename
          </Button>
        </>
      }
    >
      <ConnectorScope value={credential.connector}>
        <Parts credential={credential} />
      </ConnectorScope>
      <RenameDialog credential={credential} isOpen={isRenaming} onClose={close} />
    </Page>
  );
}

function Parts({ credential }: { credential: Credential }) {
  const connector = useConnector();
  const test = useTestCredential();
  const [result, dismissConsent] = useConsentResult();
  // Any address can be typed: what is not connected is not called so.
  const isConnected = credential.status !== "pending" && credential.status !== "reauth_required";
  const consent = result === "connected" && !isConnected ? undefined : result;
  const environment = environmentWords(credential.environment, connector);
  return (
    <div className={classes.columns}>
      <Stack gap="lg" miw={0}>
        {consent && (
          <ConsentOutcome code={consent} credential={credential} connector={connector} test={test} onDismiss={dismissConsent} />
        )}
        {!consent && <StatusPanel credential={credential} />}
        <TestPanel credential={credential} test={test} />
        {connector.performAs && <PerformAs key={credential.id} credential={credential} list={connector.performAs.optionList} />}
        <Permissions credential={credential} connector={connector} />
        {credential.status !== "pending" && <Reconnect credential={credential} test={test} />}
        <RemoveCredential credential={credential} />
      </Stack>
      <CredentialFacts credential={credential} environment={environment.title} />
    </div>
  );
}

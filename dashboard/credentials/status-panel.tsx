import { Button, Text } from "@mantine/core";
import { type Credential, useReconnectCredential } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { Panel } from "../shell/panel.tsx";
import { ConnectFailure } from "./connect-failure.tsx";
import { goToConsent } from "./go-to-consent.ts";
import { isWarned, statusWords, warningText } from "./status-words.ts";

/** What the status means, and the step that leads out of it; nothing where there is no such step. */
export function StatusPanel({ credential }: { credential: Credential }) {
  const service = useService();
  const { label, meaning, next } = statusWords(credential, service);
  const reconnect = useReconnectCredential();
  if (next === undefined && !isWarned(credential)) return null;
  const needsConsent = credential.auth === "oauth2" && ["pending", "reauth_required", "unusable"].includes(credential.status);
  return (
    <Panel
      id="status"
      title={label}
      actions={
        needsConsent ? (
          <Button
            loading={reconnect.isPending || reconnect.isSuccess}
            onClick={() => reconnect.mutate({ id: credential.id }, { onSuccess: goToConsent })}
          >
            {credential.status === "pending" ? `Continue to ${service.name}` : "Reconnect"}
          </Button>
        ) : credential.status === "reauth_required" ? (
          <Button component="a" href="#new-key">
            Enter a new key
          </Button>
        ) : null
      }
    >
      <Text size="sm">{meaning}</Text>
      {next && (
        <Text size="sm" mt={4}>
          <strong>Next:</strong> {next}
        </Text>
      )}
      {!isWarned(credential) && credential.warnings.length > 0 && (
        <Text size="sm" mt={4}>
          <strong>Warning:</strong> {warningText(credential)}
        </Text>
      )}
      {reconnect.error && <ConnectFailure error={reconnect.error} />}
    </Panel>
  );
}

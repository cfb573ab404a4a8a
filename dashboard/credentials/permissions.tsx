import { Alert, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { Connector } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { Panel } from "../shell/panel.tsx";
import { ScopeList } from "./scope-list.tsx";

/** What the credential was granted, in words; what it was asked for and did not get is named first. */
export function Permissions({ credential, connector }: { credential: Credential; connector: Connector }) {
  const { scopes, missingScopes } = credential;
  const madeUnder = connector.auth.flatMap((way) => (way.type === "api_key" ? (way.madeUnder ?? []) : []))[0];
  return (
    <Panel id="permissions" title="Permissions">
      {missingScopes && missingScopes.length > 0 && (
        <Alert color="brick" icon={<IconLock aria-hidden />} title="Requested, but not granted" role="note" mb="md">
          <ScopeList scopes={missingScopes} connector={connector} label="Scopes that were not granted" />
        </Alert>
      )}
      {scopes === null ? (
        <Text size="sm">
          {connector.name} does not tell what an API key may do. The test tries every list; writing cannot be tried without
          writing. Permissions of a key are changed in {connector.name}
          {madeUnder === undefined ? "" : `, under ${madeUnder}`}.
        </Text>
      ) : scopes.length === 0 ? (
        <Text size="sm">Nothing was granted yet.</Text>
      ) : (
        <ScopeList scopes={scopes} connector={connector} label="Granted scopes" />
      )}
    </Panel>
  );
}

import { Button, Text } from "@mantine/core";
import { type Credential, useReconnectCredential } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { Panel } from "../shell/panel.tsx";
import { ConnectFailure } from "./connect-failure.tsx";
import { goToConsent } from "./go-to-consent.ts";
import { ReplaceKey, type ReplaceKeyProps } from "./replace-key.tsx";

/** A new consent or a new key under the same credential. One whose first consent is not finished continues it. */
export function Reconnect({ credential, test }: ReplaceKeyProps) {
  return (
    <Panel id="reconnect" title="Reconnect">
      {credential.auth === "oauth2" ? <NewConsent credential={credential} /> : <ReplaceKey credential={credential} test={test} />}
    </Panel>
  );
}

function NewConsent({ credential: { id } }: { credential: Credential }) {
  const { name } = useService();
  const reconnect = useReconnectCredential();
  return (
    <>
      <Text size="sm">
        Approve it in {name} again, for instance to grant further scopes. Name, settings and uses stay; until the approval is
        given, the credential keeps working as it does now. It must be the same account.
      </Text>
      <Button
        mt="sm"
        variant="light"
        loading={reconnect.isPending || reconnect.isSuccess}
        onClick={() => reconnect.mutate({ id }, { onSuccess: goToConsent })}
      >
        Authorize again
      </Button>
      {reconnect.error && <ConnectFailure error={reconnect.error} />}
    </>
  );
}

import { Button, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type Credential, useReconnectCredential, useTestCredential } from "../api/credentials.ts";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { ApiKeyField } from "./api-key-field.tsx";
import { ConnectFailure } from "./connect-failure.tsx";
import { TestRun } from "./test-run.tsx";

/** The new key is saved in the place of the old one, then tested at once. */
export function ReplaceKey({ credential: { id, environment } }: { credential: Credential }) {
  const [apiKey, setApiKey] = useState("");
  const reconnect = useReconnectCredential();
  const test = useTestCredential();

  function submit(event: FormEvent) {
    event.preventDefault();
    if (apiKey.trim() === "" || reconnect.isPending) return;
    reconnect.mutate(
      { id, apiKey: apiKey.trim() },
      {
        onSuccess: () => {
          setApiKey("");
          test.mutate(id);
        },
      },
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" align="stretch">
        <Text size="sm">
          Put a new key in the place of the old one. Name, settings and uses stay. Remove the old key in Lever when the test has
          passed.
        </Text>
        <ApiKeyField
          id="new-key"
          label="New API key"
          environment={environment}
          value={apiKey}
          onChange={setApiKey}
          error={fieldError(reconnect.error, "/auth/apiKey")}
        />
        {reconnect.error && !isAllAtFields(reconnect.error, ["/auth/apiKey"]) && <ConnectFailure error={reconnect.error} />}
        <Button type="submit" variant="light" w="fit-content" loading={reconnect.isPending} disabled={apiKey.trim() === ""}>
          Save the new key and test it
        </Button>
        {!test.isIdle && <TestRun test={test} />}
      </Stack>
    </form>
  );
}

import { Button, Stack } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useConnector } from "../api/connector.ts";
import { type Credential, useReconnectCredential, type useTestCredential } from "../api/credentials.ts";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { ApiKeyField } from "./api-key-field.tsx";
import { ConnectFailure } from "./connect-failure.tsx";

export interface KeyFormProps {
  readonly credential: Credential;
  readonly id: string;
  readonly label: string;
  readonly verb: string;
  /** Begins when the key is saved; until then, what it found of the saved one holds. */
  readonly test: ReturnType<typeof useTestCredential>;
  readonly onSaved?: () => void;
  /** What came of it. */
  readonly children?: ReactNode;
}

/** Saves another key in the place of the one that a credential has, and tests it at once. */
export function KeyForm({
  credential: { id: credential, connector: connectorId, environment },
  id,
  label,
  verb,
  test,
  onSaved,
  children,
}: KeyFormProps) {
  const connector = useConnector(connectorId);
  const [apiKey, setApiKey] = useState("");
  const reconnect = useReconnectCredential();

  function type(text: string) {
    if (reconnect.isError) reconnect.reset();
    setApiKey(text);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (apiKey.trim() === "" || reconnect.isPending) return;
    reconnect.mutate(
      { id: credential, apiKey: apiKey.trim() },
      {
        onSuccess: () => {
          setApiKey("");
          onSaved?.();
          test.mutate(credential);
        },
      },
    );
  }

  return (
    <form onSubmit={submit} noValidate aria-label={label}>
      <Stack gap="sm" align="stretch">
        <ApiKeyField
          id={id}
          label={label}
          connector={connector}
          environment={environment}
          value={apiKey}
          onChange={type}
          error={fieldError(reconnect.error, "/auth/apiKey")}
        />
        {reconnect.error && !isAllAtFields(reconnect.error, ["/auth/apiKey"]) && <ConnectFailure error={reconnect.error} />}
        <Button type="submit" variant="light" w="fit-content" loading={reconnect.isPending} disabled={apiKey.trim() === ""}>
          {verb}
        </Button>
        {children}
      </Stack>
    </form>
  );
}

import { Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useEffect, useRef } from "react";
import type { Connector } from "../api/connector.ts";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import type { OAuthApp } from "../api/oauth-apps.ts";
import { Failure } from "../shell/failure.tsx";
import { ScopePicker } from "./scope-picker.tsx";
import { useAppDraft } from "./use-app-draft.ts";

export interface OAuthAppFormProps {
  readonly app: OAuthApp;
  readonly connector: Connector;
  readonly onDone: () => void;
  /** The id was emptied: the app shall not be used any more. */
  readonly onClear: () => void;
}

const FIELDS = ["/clientId", "/clientSecret", "/scopes"];

/** An app of one's own. Its secret goes in and never comes out. */
export function OAuthAppForm({ app, connector, onDone, onClear }: OAuthAppFormProps) {
  const draft = useAppDraft(app, connector);
  const { error, faults } = draft;
  const secretError = faults.clientSecret ?? fieldError(error, "/clientSecret");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);

  function submit(event: FormEvent) {
    event.preventDefault();
    draft.save(() => {
      notifications.show({ title: "Saved", message: "Consents that are started from now on use this app." });
      onDone();
    }, onClear);
  }

  return (
    <form onSubmit={submit} noValidate aria-label={`OAuth app for ${app.environment}`}>
      <Stack gap="md">
        <TextInput
          ref={first}
          label="Client ID"
          description={
            draft.isOwn ? "Empty it to use the default again." : `As ${connector.name} shows it for your app.${blankWords(app)}`
          }
          value={draft.clientId}
          onChange={({ currentTarget }) => draft.setClientId(currentTarget.value)}
          error={faults.clientId ?? fieldError(error, "/clientId")}
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
          maw={520}
        />
        <PasswordInput
          label="Client secret"
          description={
            draft.needsSecret
              ? "Encrypted when it is saved, and never shown again."
              : "One is saved. Leave this empty to keep it, or type a new one in its place."
          }
          placeholder={draft.needsSecret ? "" : "Saved"}
          value={draft.clientSecret}
          onChange={({ currentTarget }) => draft.setClientSecret(currentTarget.value)}
          error={secretError}
          aria-invalid={secretError !== undefined}
          autoComplete="new-password"
          data-1p-ignore
          maxLength={512}
          maw={520}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the secret" }}
        />
        <ScopePicker
          connector={connector}
          value={draft.scopes}
          onChange={draft.setScopes}
          error={faults.scopes ?? fieldError(error, "/scopes")}
        />
        {error && !isAllAtFields(error, FIELDS) && <Failure error={error} />}
        <Group gap="sm">
          <Button type="submit" loading={draft.isPending}>
            Save the app
          </Button>
          <Button variant="default" onClick={onDone} disabled={draft.isPending}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function blankWords({ source, clientId }: OAuthApp): string {
  if (source === "development") return ` Left blank, the playground’s development keys (${clientId}) are used.`;
  if (source === "configuration") return ` Left blank, the app of the configuration (${clientId}) is used.`;
  return "";
}

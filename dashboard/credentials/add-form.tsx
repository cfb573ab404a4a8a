import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useConnector } from "../api/connector.ts";
import { type Connecting, useAddCredential } from "../api/credentials.ts";
import { fieldError, hasCode, isAllAtFields } from "../api/field-errors.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { useFaults } from "../shell/use-faults.ts";
import { ApiKeyField } from "./api-key-field.tsx";
import { ChoiceCards } from "./choice-cards.tsx";
import { ConnectFailure } from "./connect-failure.tsx";
import { ConsentPreview } from "./consent-preview.tsx";
import { environmentNames, environmentWords } from "./environment-words.ts";

const FIELDS = ["/nickname", "/auth/apiKey"];

export function AddForm({ onAdded, onCancel }: { onAdded: (credential: Connecting) => void; onCancel: () => void }) {
  const connector = useConnector();
  const names = environmentNames(connector);
  const add = useAddCredential();
  const form = useRef<HTMLFormElement>(null);
  const name = useRef<HTMLInputElement>(null);
  // The dialog looked for what to focus before this form was there.
  useEffect(() => name.current?.focus(), []);
  const [nickname, setNickname] = useState("");
  const [environment, setEnvironment] = useState(names[0] ?? "");
  const [auth, setAuth] = useState<"oauth2" | "api_key">("oauth2");
  const [apiKey, setApiKey] = useState("");
  const [refusals, setRefusals] = useState(0);
  const { found, check, changed } = useFaults<"nickname" | "apiKey">(add);
  const errors = {
    nickname: found.nickname ?? fieldError(add.error, "/nickname"),
    apiKey: found.apiKey ?? fieldError(add.error, "/auth/apiKey"),
  };
  useFocusOnRefusal(form, refusals);

  /** What kind of key is wanted depends on where it leads and how it signs in. */
  const choose = (set: (value: string) => void) => (value: string) => {
    changed("apiKey");
    set(value);
  };

  const refuse = () => setRefusals((count) => count + 1);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (add.isPending || add.isSuccess) return;
    const isComplete = check({
      nickname: nickname.trim() === "" ? "Give it a name that your team recognises." : undefined,
      apiKey: auth === "api_key" && apiKey.trim() === "" ? "Paste the key." : undefined,
    });
    if (!isComplete) return refuse();
    add.mutate(
      {
        connector: "lever",
        nickname: nickname.trim(),
        environment,
        auth: auth === "api_key" ? { type: "api_key", apiKey: apiKey.trim() } : { type: "oauth2" },
      },
      { onSuccess: onAdded, onError: refuse },
    );
  }

  return (
    <form onSubmit={submit} noValidate ref={form} aria-label="Add a Lever credential">
      <Stack gap="lg">
        <TextInput
          label="Nickname"
          description="A name for people and workflows. It can be changed later."
          placeholder="Lever production"
          required
          data-autofocus
          ref={name}
          maxLength={100}
          value={nickname}
          onChange={({ currentTarget }) => {
            changed("nickname");
            setNickname(currentTarget.value);
          }}
          error={errors.nickname}
        />
        <ChoiceCards
          label="Environment"
          value={environment}
          onChange={choose(setEnvironment)}
          choices={names.map((value) => ({ value, ...environmentWords(value, connector) }))}
        />
        <ChoiceCards
          label="Authentication"
          value={auth}
          onChange={choose((value) => setAuth(value === "api_key" ? "api_key" : "oauth2"))}
          choices={connector.auth.map(({ type, title }) => ({ value: type, title, text: AUTH_HELP[type] }))}
        />
        {auth === "api_key" ? (
          <ApiKeyField environment={environment} value={apiKey} onChange={choose(setApiKey)} error={errors.apiKey} />
        ) : hasCode(add.error, "oauth_app_missing") ? null : (
          <ConsentPreview connector={connector} environment={environment} />
        )}
        {add.error && !isAllAtFields(add.error, FIELDS) && <ConnectFailure error={add.error} />}
        <DialogActions>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending || add.isSuccess}>
            {auth === "api_key" ? "Save and test" : "Continue to Lever"}
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

const AUTH_HELP = {
  oauth2: "A Super Admin approves in Lever. Access is renewed by itself, and can be withdrawn in Lever.",
  api_key: "A key made in Lever, with the permissions it was given there. It does not run out.",
};

/** After a refusal, the first field with an error gets the focus. */
function useFocusOnRefusal(form: React.RefObject<HTMLFormElement | null>, refusals: number): void {
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>("input[data-error], input[data-invalid]")?.focus();
  }, [form, refusals]);
}

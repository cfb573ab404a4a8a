import { Button, Stack, TextInput } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ConnectorScope, connectorsQuery, useConnector } from "../api/connector.ts";
import { type ConnectingCredential, useAddCredential } from "../api/credentials.ts";
import { fieldError, hasCode, isAllAtFields } from "../api/field-errors.ts";
import { type Service, useService, withArticle } from "../api/service.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { useFaults } from "../shell/use-faults.ts";
import { ApiKeyField } from "./api-key-field.tsx";
import { ChoiceCards } from "./choice-cards.tsx";
import { ConnectFailure } from "./connect-failure.tsx";
import { ConsentPreview } from "./consent-preview.tsx";
import { environmentNames, environmentWords } from "./environment-words.ts";

const FIELDS = ["/nickname", "/auth/apiKey"];

interface AddFormProps {
  readonly onAdded: (credential: ConnectingCredential) => void;
  readonly onCancel: () => void;
}

/** The form of one connector: another one has other environments and other ways to sign in. */
export function AddForm({ connector, ...props }: AddFormProps & { connector: string | undefined }) {
  const { data: cards } = useSuspenseQuery(connectorsQuery);
  const [id, setId] = useState((cards.find((card) => card.id === connector) ?? cards[0])?.id ?? "");
  return (
    <ConnectorScope value={id}>
      <Stack gap="lg">
        {cards.length > 1 && (
          <ChoiceCards
            label="Connector"
            value={id}
            onChange={setId}
            choices={cards.map(({ id: value, name: title, listing }) => ({ value, title, text: listing.tagline }))}
          />
        )}
        <Fields key={id} {...props} />
      </Stack>
    </ConnectorScope>
  );
}

function Fields({ onAdded, onCancel }: AddFormProps) {
  const connector = useConnector();
  const service = useService();
  const names = environmentNames(connector);
  const add = useAddCredential();
  const form = useRef<HTMLFormElement>(null);
  const name = useRef<HTMLInputElement>(null);
  // The dialog looked for what to focus before this form was there.
  useEffect(() => name.current?.focus(), []);
  const [nickname, setNickname] = useState("");
  const [environment, setEnvironment] = useState(names[0] ?? "");
  const [auth, setAuth] = useState(connector.auth[0]?.type ?? "api_key");
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
        connector: connector.id,
        nickname: nickname.trim(),
        environment,
        auth: auth === "api_key" ? { type: "api_key", apiKey: apiKey.trim() } : { type: "oauth2" },
      },
      { onSuccess: onAdded, onError: refuse },
    );
  }

  return (
    <form onSubmit={submit} noValidate ref={form} aria-label={`Add ${withArticle(connector.name)} credential`}>
      <Stack gap="lg">
        <TextInput
          label="Nickname"
          description="A name for people and workflows. It can be changed later."
          placeholder={`${connector.name} production`}
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
          choices={connector.auth.map(({ type, title }) => ({ value: type, title, text: authHelp(service)[type] }))}
        />
        {auth === "api_key" ? (
          <ApiKeyField
            connector={connector}
            environment={environment}
            value={apiKey}
            onChange={choose(setApiKey)}
            error={errors.apiKey}
          />
        ) : hasCode(add.error, "oauth_app_missing") ? null : (
          <ConsentPreview connector={connector} environment={environment} />
        )}
        {add.error && !isAllAtFields(add.error, FIELDS) && <ConnectFailure error={add.error} />}
        <DialogActions>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending || add.isSuccess}>
            {auth === "api_key" ? "Save and test" : `Continue to ${service.name}`}
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

const authHelp = ({ name, asApprover }: Service) => ({
  oauth2: `Approve in ${name}${asApprover}. Access is renewed automatically, and can be withdrawn in ${name}.`,
  api_key: `A key created in ${name}, with the permissions it was given there. It does not run out.`,
});

/** After a refusal, the first field with an error gets the focus. */
function useFocusOnRefusal(form: React.RefObject<HTMLFormElement | null>, refusals: number): void {
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>("input[data-error], input[data-invalid]")?.focus();
  }, [form, refusals]);
}

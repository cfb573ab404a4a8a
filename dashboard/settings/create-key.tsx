import type { CreatedApiKey, KeyScope } from "../api/api-keys.ts";
import { useCreateApiKey } from "../api/api-keys.ts";
import { useSignedIn } from "../api/session.ts";
import { Copyable } from "../shell/copyable.tsx";
import { SecretDialog } from "../shell/secret-dialog.tsx";
import { ShownOnce } from "../shell/shown-once.tsx";
import { CreateKeyForm } from "./create-key-form.tsx";

export interface CreateKeyProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly scopes: readonly KeyScope[];
}

/** Makes a key, then shows it once. */
export function CreateKey({ isOpen, onClose, scopes }: CreateKeyProps) {
  const create = useCreateApiKey();
  const made = create.data;

  function close() {
    if (create.isPending) return;
    onClose();
    create.reset();
  }

  return (
    <SecretDialog
      title={made ? "Copy the key now" : "Create an API key"}
      isOpen={isOpen}
      isShowing={made !== undefined}
      onClose={close}
    >
      {made ? (
        <CreatedKey apiKey={made} onDone={close} />
      ) : (
        <CreateKeyForm scopes={scopes} creation={create} onSubmit={(key) => create.mutate(key)} onCancel={close} />
      )}
    </SecretDialog>
  );
}

function CreatedKey({ apiKey, onDone }: { apiKey: CreatedApiKey; onDone: () => void }) {
  const { publicUrl } = useSignedIn();
  const example = `curl -H "Authorization: Bearer ${apiKey.key}" \\\n  ${publicUrl}${pathFor(apiKey.scopes)}`;
  return (
    <ShownOnce
      note="The server keeps only a fingerprint of it. Put it where your program finds it, and nowhere else."
      verb="I have saved the key"
      onDone={onDone}
    >
      <Copyable label={`The key ${apiKey.name}`} value={apiKey.key} what="the key" isFirst />
      <Copyable label="Try it" value={example} what="the example" />
    </ShownOnce>
  );
}

/** Something that the key may be asked for. */
function pathFor(scopes: readonly string[]): string {
  const maySee = scopes.some((scope) => scope === "admin" || scope.startsWith("credentials:"));
  return maySee ? "/api/v1/credentials" : "/api/v1/connectors";
}

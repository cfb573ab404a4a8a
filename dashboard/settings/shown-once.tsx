import { Alert, Button, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useEffect } from "react";
import type { CreatedApiKey } from "../api/api-keys.ts";
import { useSignedIn } from "../api/session.ts";
import { Copyable } from "../shell/copyable.tsx";
import { DialogActions } from "../shell/dialog-actions.tsx";

/** A key just created, which cannot be shown again. */
export function ShownOnce({ apiKey, onDone }: { apiKey: CreatedApiKey; onDone: () => void }) {
  const { publicUrl } = useSignedIn();
  useAskBeforeLeaving();
  const example = `curl -H "Authorization: Bearer ${apiKey.key}" \\\n  ${publicUrl}${pathFor(apiKey.scopes)}`;
  return (
    <Stack>
      <Alert color="amber" icon={<IconAlertTriangle />} title="Shown only once">
        The server keeps only a fingerprint of it. Put it where your program finds it, and nowhere else.
      </Alert>
      <Copyable label={`The key ${apiKey.name}`} value={apiKey.key} what="the key" isFirst />
      <Copyable label="Try it" value={example} what="the example" />
      <DialogActions>
        <Button onClick={onDone}>I have saved the key</Button>
      </DialogActions>
    </Stack>
  );
}

/** Something that the key may be asked for. */
function pathFor(scopes: readonly string[]): string {
  const maySee = scopes.some((scope) => scope === "admin" || scope.startsWith("credentials:"));
  return maySee ? "/api/v1/credentials" : "/api/v1/connectors";
}

function useAskBeforeLeaving(): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
}

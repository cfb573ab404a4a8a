import { useState } from "react";
import type { Connector } from "../api/connector.ts";
import { type OAuthApp, useSaveOAuthApp } from "../api/oauth-apps.ts";
import { useFaults } from "../shell/use-faults.ts";
import { ALWAYS, defaultScopes, isSameSet, mostScopes } from "./scopes.ts";

/** What is typed into the form of an app, what is wrong with it, and how it is saved. */
export function useAppDraft(app: OAuthApp, connector: Connector) {
  const most = mostScopes(connector);
  const isOwn = app.source === "settings";
  const [clientId, setClientId] = useState(isOwn ? (app.clientId ?? "") : "");
  const [clientSecret, setClientSecret] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(isOwn ? app.scopes : defaultScopes(connector));
  const change = useSaveOAuthApp();
  const { found, check, changed } = useFaults<"clientId" | "clientSecret" | "scopes">(change);

  const id = clientId.trim();
  const needsSecret = !isOwn || id !== app.clientId;

  /** @param onClear called where the id of an own app was emptied: that means to do without it */
  function save(onSaved: () => void, onClear: () => void) {
    if (change.isPending) return;
    if (isOwn && id === "") return onClear();
    // What can be told without asking the server.
    const isRight = check({
      clientId: id === "" && !isOwn ? "The client ID of your app is needed. To stay with what is used now, cancel." : undefined,
      clientSecret: needsSecret && clientSecret === "" ? "A new client ID needs its own secret." : undefined,
      scopes: scopes.length > most ? `${connector.name} allows an app at most ${most}; leave out some.` : undefined,
    });
    if (!isRight) return;
    const isDefault = isSameSet(scopes, defaultScopes(connector));
    const secret = clientSecret === "" ? {} : { clientSecret };
    change.mutate(
      { connector: app.connector, environment: app.environment, clientId: id, ...secret, scopes: isDefault ? [] : scopes },
      { onSuccess: onSaved },
    );
  }

  return {
    isOwn,
    needsSecret,
    clientId,
    /** Whether a secret is needed depends on the id. */
    setClientId(text: string) {
      changed("clientId", "clientSecret");
      setClientId(text);
    },
    clientSecret,
    setClientSecret(text: string) {
      changed("clientSecret");
      setClientSecret(text);
    },
    scopes,
    /** `offline_access` cannot be left out. */
    setScopes(next: readonly string[]) {
      changed("scopes");
      setScopes([...new Set([...ALWAYS, ...next])]);
    },
    faults: found,
    save,
    isPending: change.isPending,
    error: change.error,
  };
}

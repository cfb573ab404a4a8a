import { useState } from "react";
import type { Connector } from "../api/connector.ts";
import { type OAuthApp, useSaveOAuthApp } from "../api/oauth-apps.ts";
import { ALWAYS, defaultScopes, isSameSet, MOST_SCOPES } from "./scopes.ts";

/** What can be told without asking the server. */
interface Faults {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly scopes?: string | undefined;
}

const NONE: Faults = {};

/** What is typed into the form of an app, what is wrong with it, and how it is saved. */
export function useAppDraft(app: OAuthApp, connector: Connector) {
  const isOwn = app.source === "settings";
  const [clientId, setClientId] = useState(isOwn ? (app.clientId ?? "") : "");
  const [clientSecret, setClientSecret] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(isOwn ? app.scopes : defaultScopes(connector));
  const [isChecked, setIsChecked] = useState(false);
  const change = useSaveOAuthApp();

  const id = clientId.trim();
  const needsSecret = !isOwn || id !== app.clientId;
  const faults: Faults = {
    clientId: id === "" && !isOwn ? "The client id of your app is needed. To stay with what is used now, cancel." : undefined,
    clientSecret: needsSecret && clientSecret === "" ? "A new client id needs its own secret." : undefined,
    scopes: scopes.length > MOST_SCOPES ? `Lever allows an app at most ${MOST_SCOPES}; leave out some.` : undefined,
  };

  /** @param onClear called where the id of an own app was emptied: that means to do without it */
  function save(onSaved: () => void, onClear: () => void) {
    if (change.isPending) return;
    if (isOwn && id === "") return onClear();
    setIsChecked(true);
    if (Object.values(faults).some((fault) => fault !== undefined)) return;
    const isDefault = isSameSet(scopes, defaultScopes(connector));
    const secret = clientSecret === "" ? {} : { clientSecret };
    change.mutate(
      { environment: app.environment, clientId: id, ...secret, scopes: isDefault ? [] : scopes },
      { onSuccess: onSaved },
    );
  }

  /** What the server refused is another value now. */
  function typed(set: (text: string) => void) {
    return (text: string) => {
      change.reset();
      set(text);
    };
  }

  return {
    isOwn,
    needsSecret,
    clientId,
    setClientId: typed(setClientId),
    clientSecret,
    setClientSecret: typed(setClientSecret),
    scopes,
    /** `offline_access` cannot be left out. */
    setScopes: (next: readonly string[]) => setScopes([...new Set([...ALWAYS, ...next])]),
    faults: isChecked ? faults : NONE,
    save,
    isPending: change.isPending,
    error: change.error,
  };
}

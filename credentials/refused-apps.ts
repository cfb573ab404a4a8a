import { createHash } from "node:crypto";
import type { ConnectorError } from "../errors/connector-error.ts";
import { reveal } from "../sealing/secret.ts";
import type { OAuthApp } from "./types.ts";

const PAUSE_MS = 10_000;

/**
 * OAuth apps that the token endpoint has just refused: one refusal speaks for every credential of that app, so they leave the endpoint
 * alone for ten seconds. An app is its client id together with its secret: another project's secret, or a corrected one, is another app.
 */
export function createRefusedApps() {
  const refused = new Map<string, { readonly atMs: number; readonly error: ConnectorError }>();

  function forgetOld(): void {
    for (const [key, { atMs }] of refused) if (performance.now() - atMs >= PAUSE_MS) refused.delete(key);
  }

  return {
    /** @throws ConnectorError what the app was refused with */
    assertUsable(app: OAuthApp): void {
      forgetOld();
      const found = refused.get(toKey(app));
      if (found !== undefined) throw found.error;
    },
    remember(app: OAuthApp, error: ConnectorError): ConnectorError {
      refused.set(toKey(app), { atMs: performance.now(), error });
      return error;
    },
  };
}

/** A hash: the secret itself is not kept for this. */
function toKey({ connector, environment, clientId, clientSecret }: OAuthApp): string {
  return createHash("sha256")
    .update(JSON.stringify([connector, environment, clientId, reveal(clientSecret)]))
    .digest("hex");
}

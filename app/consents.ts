import type { Connectors } from "../connector/types.ts";
import type { OAuthApps } from "../credentials/oauth-apps.ts";
import type { OAuthFlows } from "../credentials/oauth-flows.ts";
import type { Credentials, Place } from "../credentials/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Access } from "../store/access.ts";

export interface StartedConsent {
  readonly authorizeUrl: string;
  /** Id of the flow, to ask `OAuthFlows.failureOf` about. */
  readonly flow: string;
}

/** How a consent begins: with an address of ours, good once and for ten minutes. */
export interface Consents {
  /** @throws ConnectorError `oauth_app_missing` saying what to set, `connector_unknown`, `environment_unknown` */
  assertPossible(access: Access, place: Place): Promise<void>;
  /**
   * The address to open in a browser. The credential stays as it is until the consent ends well.
   *
   * `session`: id of the dashboard session that asks; in it the person is not asked again before going to the service.
   *
   * @throws ConnectorError `not_found`, `conflict` for an API key credential, `oauth_app_missing`
   */
  start(access: Access, credential: string, options?: { session?: string | undefined }): Promise<StartedConsent>;
}

export interface ConsentsOptions {
  readonly connectors: Connectors;
  readonly credentials: Credentials;
  readonly oauthApps: OAuthApps;
  readonly flows: OAuthFlows;
  readonly publicUrl: string;
}

export function createConsents({ connectors, credentials, oauthApps, flows, publicUrl }: ConsentsOptions): Consents {
  async function assertPossible(access: Access, place: Place): Promise<void> {
    connectors.of(place.connector).environment(place.environment);
    await oauthApps.resolve(access, place);
  }
  return {
    assertPossible,
    async start(access, id, { session } = {}) {
      const { auth, connector, environment, owner } = await credentials.get(access, id);
      if (auth !== "oauth2") throw new ConnectorError("conflict", "the credential holds an API key; it needs no consent");
      await assertPossible(access, { connector, environment });
      const { ticket, flow } = await flows.createTicket(access, {
        credential: id,
        connector,
        environment,
        owner,
        ...(session !== undefined && { startedBySession: session }),
      });
      return { authorizeUrl: `${publicUrl}/oauth/${connector}/${environment}/start?ticket=${ticket}`, flow: flow.id };
    },
  };
}

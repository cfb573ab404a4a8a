import type { Connectors, Manifest } from "../connector/types.ts";
import type { ConfiguredApp, ConfiguredApps } from "../credentials/oauth-apps.ts";
import { variablePrefix } from "../credentials/oauth-variables.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { reveal, type Secret } from "../sealing/secret.ts";

/** What such a variable's name ends with. */
export const OAUTH_VARIABLE = /^[A-Z][A-Z0-9_]*_(?:CLIENT_ID|CLIENT_SECRET|SCOPES)$/;

/** Environment variables whose names are such. */
export type OAuthVariables = Readonly<Record<string, Secret>>;

/**
 * OAuth apps that environment variables give to the environments of the manifests.
 *
 * @throws ConnectorError `config_invalid` where a client id comes without its secret, or the other way round
 */
export function readOAuthApps(variables: OAuthVariables, { all }: Pick<Connectors, "all">): ConfiguredApps {
  return Object.fromEntries(all.map(({ manifest }) => [manifest.id, appsOf(variables, manifest)]));
}

/** The variables of a connector with their meaning, for `--help` and the documentation. */
export function describeOAuthVariables(manifest: Manifest): { name: string; description: string }[] {
  if (!manifest.auth.some(({ type }) => type === "oauth2")) return [];
  return Object.entries(manifest.environments).flatMap(([name, { title }]) => {
    const prefix = variablePrefix(manifest, name);
    return [
      { name: `${prefix}CLIENT_ID`, description: `OAuth app of ${manifest.name}, ${title}.` },
      { name: `${prefix}CLIENT_SECRET`, description: "Its secret." },
      {
        name: `${prefix}SCOPES`,
        description: "Scopes to ask for there, separated by blanks. Default: those of the manifest.",
      },
    ];
  });
}

function appsOf(variables: OAuthVariables, manifest: Manifest): Record<string, ConfiguredApp> {
  const apps = Object.keys(manifest.environments).map(
    (name) => [name, appOf(variables, variablePrefix(manifest, name))] as const,
  );
  return Object.fromEntries(apps.flatMap(([name, app]) => (app === undefined ? [] : [[name, app]])));
}

function appOf(variables: OAuthVariables, prefix = ""): ConfiguredApp | undefined {
  const [clientId, clientSecret, scopes] = ["CLIENT_ID", "CLIENT_SECRET", "SCOPES"].map((name) => variables[prefix + name]);
  if (clientId === undefined && clientSecret === undefined && scopes === undefined) return undefined;
  if (clientId === undefined) throw missing(`${prefix}CLIENT_ID`, `${prefix}CLIENT_SECRET`);
  if (clientSecret === undefined) throw missing(`${prefix}CLIENT_SECRET`, `${prefix}CLIENT_ID`);
  return {
    clientId: reveal(clientId),
    clientSecret,
    ...(scopes !== undefined && { scopes: reveal(scopes).split(/[\s,]+/) }),
  };
}

function missing(variable: string, other: string): ConnectorError {
  return new ConnectorError("config_invalid", `${variable} must be set together with ${other}`, { variable });
}

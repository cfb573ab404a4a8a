import { createConnectors } from "../../connector/connectors.ts";
import { loadConnector } from "../../connector/manifest.ts";
import type { Connector, Connectors, Environment, Manifest } from "../../connector/types.ts";
import { ConnectorError } from "../../errors/connector-error.ts";

/** The built-in connector alone, in these environments and no others, and with these default scopes where they are given. */
export function connectorsOf(environments: Readonly<Record<string, Environment>>, scopes?: readonly string[]): Connectors {
  return createConnectors([inEnvironments(loadConnector({ check: false }), environments, scopes)]);
}

function inEnvironments(
  connector: Connector,
  environments: Readonly<Record<string, Environment>>,
  scopes?: readonly string[],
): Connector {
  const manifest = scopes === undefined ? connector.manifest : withDefaults(connector.manifest, scopes);
  return {
    manifest,
    environments,
    operations: connector.operations,
    operation: (name) => connector.operation(name),
    environment(name) {
      const found = Object.hasOwn(environments, name) ? environments[name] : undefined;
      if (found === undefined) throw new ConnectorError("environment_unknown", "There is no such environment");
      return found;
    },
    get resolved() {
      return connector.resolved;
    },
  };
}

function withDefaults(manifest: Manifest, scopes: readonly string[]): Manifest {
  const declared = scopes.map((name) => ({ name, description: name, default: true }));
  return { ...manifest, auth: manifest.auth.map((way) => (way.type === "oauth2" ? { ...way, scopes: declared } : way)) };
}

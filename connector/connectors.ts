import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import { invalidManifest, loadConnector } from "./manifest.ts";
import { packageRoot } from "./package-root.ts";
import type { Connector, Connectors, Environment } from "./types.ts";
import { findIssues } from "./validate-manifest.ts";

export interface LoadConnectorsOptions {
  /** Folder of further connectors, each in a folder of its own: `CONNECTORS_DIR`. */
  readonly dir?: string | undefined;
  /** Environments of the start-up configuration for one of them. */
  readonly environments?: (connector: string, isBuiltIn: boolean) => Readonly<Record<string, Environment>>;
}

/**
 * The connector that the package brings, and those of a folder. The latter are checked in full: nobody has tested them before.
 *
 * @throws ConnectorError `manifest_invalid` naming file and pointer, `config_invalid` where the folder cannot be read or an id is there twice
 */
export function loadConnectors({ dir, environments = () => ({}) }: LoadConnectorsOptions = {}): Connectors {
  const roots = dir === undefined ? [] : foldersOf(dir).map((folder) => ({ root: join(dir, folder), place: `${folder}/` }));
  const loaded = [{ root: packageRoot(), place: "" }, ...roots].map(({ root, place }) => {
    const isBuiltIn = place === "";
    const load = () => loadConnector({ root, place, environments: ({ id }) => environments(id, isBuiltIn) });
    return isBuiltIn ? load() : named(() => assertWhole(load(), place));
  });
  return createConnectors(loaded);
}

/** @throws ConnectorError `config_invalid` where an id is there twice */
export function createConnectors(all: readonly Connector[]): Connectors {
  const byId = new Map<string, Connector>();
  for (const connector of all) {
    const { id } = connector.manifest;
    if (byId.has(id)) throw invalidDir(`two connectors have the id ${id}; rename one of them`);
    byId.set(id, connector);
  }
  return {
    all,
    builtIn: all[0] as Connector,
    of(id) {
      const connector = byId.get(id);
      if (connector !== undefined) return connector;
      const known = [...byId.keys()].join(", ");
      throw new ConnectorError("connector_unknown", `There is no connector ${id}; known are ${known}`);
    },
    withOperation: (name) => all.filter(({ operations }) => operations.has(name)),
  };
}

function foldersOf(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith(".") && existsSync(join(dir, entry.name, "manifest.json")))
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    throw invalidDir("cannot be read as a folder", cause);
  }
}

function assertWhole(connector: Connector, place: string): Connector {
  const issues = findIssues(connector);
  if (issues.length > 0) throw invalidManifest(`${place}manifest.json is not valid`, issues);
  return connector;
}

/** Says by which variable a faulty file came in. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isConnectorError(error, "manifest_invalid")) throw error;
    throw new ConnectorError("manifest_invalid", `CONNECTORS_DIR: ${error.message}`, error.details, { cause: error });
  }
}

function invalidDir(what: string, cause?: unknown): ConnectorError {
  return new ConnectorError("config_invalid", `CONNECTORS_DIR: ${what}`, { variable: "CONNECTORS_DIR" }, { cause });
}

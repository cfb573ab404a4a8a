import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import { invalidManifest, loadConnector } from "./manifest.ts";
import { packageRoot } from "./package-root.ts";
import type { Connector, Connectors, Environment } from "./types.ts";
import { findBrokenSchemas, findIssues } from "./validate-manifest.ts";

export interface LoadConnectorsOptions {
  /** Folder of further connectors, each in a folder of its own: `CONNECTORS_DIR`. */
  readonly dir?: string | undefined;
  /** Environments of the start-up configuration for one of them. */
  readonly environments?: (connector: string, isBuiltIn: boolean) => Readonly<Record<string, Environment>>;
}

/**
 * The connector that the package brings, and those of a folder. The latter are checked in full: they have not been tested before.
 *
 * @throws ConnectorError `manifest_invalid` naming file and pointer, `config_invalid` where the folder cannot be read, a folder in it has no manifest, or an id is there twice
 */
export function loadConnectors({ dir, environments = () => ({}) }: LoadConnectorsOptions = {}): Connectors {
  const roots = dir === undefined ? [] : foldersOf(dir).map((folder) => ({ root: join(dir, folder), place: `${folder}/` }));
  const loaded = [{ root: packageRoot(), place: "" }, ...roots].map(({ root, place }) => {
    const isBuiltIn = place === "";
    const load = () => loadConnector({ root, place, environments: ({ id }) => environments(id, isBuiltIn) });
    return isBuiltIn ? load() : named(() => assertWhole(load(), root, place));
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

/** Files and what begins with a dot are no connectors; every other entry has to be one, so that a misspelt file name is noticed. */
function foldersOf(dir: string): string[] {
  const names = entriesOf(dir).filter((name) => !name.startsWith(".") && !isFile(join(dir, name)));
  const without = names.find((name) => !existsSync(join(dir, name, "manifest.json")));
  if (without !== undefined) throw invalidDir(`${without}/ has no manifest.json; add it, or move the folder elsewhere`);
  return names.sort();
}

function entriesOf(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (cause) {
    throw invalidDir("cannot be read as a folder", cause);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function assertWhole(connector: Connector, root: string, place: string): Connector {
  const [broken] = findBrokenSchemas(root, place);
  if (broken !== undefined) throw invalidManifest(`${place}${broken.file} is not valid`, broken.issues);
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

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../connector/package-root.ts";
import { readJsonFile } from "../connector/read-json-file.ts";
import type { Connectors, Environment } from "../connector/types.ts";
import { compileSchema } from "../connector/validator.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { toIssues } from "../json-schema/issues.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { playgroundEnvironment } from "../playground/index.ts";
import { withoutBom } from "../text/bom.ts";
import { whereJsonBreaks } from "../text/json-place.ts";
import type { Config } from "./config.ts";

/** Environments that start-up adds to the manifests'. */
export interface AddedEnvironments {
  /** Those of one connector: of the built-in one the playground where it is on, and what the file says. */
  readonly of: (connector: string, isBuiltIn: boolean) => Record<string, Environment>;
  /** @throws ConnectorError `config_invalid` where the file names a connector that does not exist */
  assertUsed(connectors: Pick<Connectors, "all">): void;
}

/** An entry of the file belongs to the built-in connector unless it says otherwise. */
type Entry = Environment & { readonly connector?: string };

/**
 * The playground where it is on, and the environments of `ENVIRONMENTS_FILE` (its `playground`, if it has one, wins: it may run elsewhere).
 *
 * @throws ConnectorError `config_invalid` saying what is wrong with the file
 */
export function readEnvironments(config: Pick<Config, "playground" | "playgroundPort" | "environmentsFile">): AddedEnvironments {
  const entries = Object.entries<Entry>({
    ...(config.playground && { playground: playgroundEnvironment(`http://127.0.0.1:${config.playgroundPort}`) }),
    ...(config.environmentsFile !== undefined && readFile(config.environmentsFile)),
  });
  return {
    of(id, isBuiltIn) {
      const own = entries.filter(([, { connector }]) => (connector === undefined ? isBuiltIn : connector === id));
      return Object.fromEntries(own.map(([name, { connector: _, ...environment }]) => [name, environment]));
    },
    assertUsed({ all }) {
      const known = new Set(all.map(({ manifest }) => manifest.id));
      const stray = entries.find(([, { connector }]) => connector !== undefined && !known.has(connector));
      if (stray === undefined) return;
      const [name, { connector }] = stray;
      const message = `ENVIRONMENTS_FILE: /${name}/connector is "${connector}", but there is no such connector; known are ${[...known].join(", ")}. Put its folder into CONNECTORS_DIR, or remove the entry`;
      throw new ConnectorError("config_invalid", message, { variable: "ENVIRONMENTS_FILE" });
    },
  };
}

function readFile(file: string): Record<string, Entry> {
  const schema = readJsonFile(join(packageRoot(), "schemas/platform/environments.json"), "environments.json") as JsonSchema;
  const validate = compileSchema(schema);
  const content = parse(file);
  if (!validate(content)) {
    const issues = toIssues(validate.errors);
    const first = issues.slice(0, 3).map(({ pointer, message }) => `${pointer || "/"} ${message}`);
    throw new ConnectorError("config_invalid", `ENVIRONMENTS_FILE (${file}): ${first.join("; ")}`, {
      variable: "ENVIRONMENTS_FILE",
      issues,
    });
  }
  const entries = Object.entries(content as Record<string, Entry>);
  return Object.fromEntries(entries.map(([name, environment]) => [name, { ...environment, title: environment.title ?? name }]));
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = withoutBom(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new ConnectorError(
      "config_invalid",
      `ENVIRONMENTS_FILE (${file}) cannot be read`,
      { variable: "ENVIRONMENTS_FILE" },
      { cause },
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ConnectorError("config_invalid", `ENVIRONMENTS_FILE (${file}) is not valid JSON: ${whereJsonBreaks(text)}`, {
      variable: "ENVIRONMENTS_FILE",
    });
  }
}

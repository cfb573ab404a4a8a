import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../connector/package-root.ts";
import { readJsonFile } from "../connector/read-json-file.ts";
import type { Environment } from "../connector/types.ts";
import { compileSchema } from "../connector/validator.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { toIssues } from "../json-schema/issues.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { playgroundEnvironment } from "../playground/index.ts";
import { withoutBom } from "../text/bom.ts";
import type { Config } from "./config.ts";

/**
 * Environments that start-up adds to the manifest's: the playground where it is on, and those of `ENVIRONMENTS_FILE`
 * (its `playground`, if it has one, wins: it may run elsewhere).
 *
 * @throws ConnectorError `config_invalid` saying what is wrong with the file
 */
export function readEnvironments(
  config: Pick<Config, "playground" | "playgroundPort" | "environmentsFile">,
): Record<string, Environment> {
  return {
    ...(config.playground && { playground: playgroundEnvironment(`http://127.0.0.1:${config.playgroundPort}`) }),
    ...(config.environmentsFile !== undefined && readFile(config.environmentsFile)),
  };
}

function readFile(file: string): Record<string, Environment> {
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
  const entries = Object.entries(content as Record<string, Environment>);
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
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw new ConnectorError("config_invalid", `ENVIRONMENTS_FILE (${file}) is not valid JSON`, {
      variable: "ENVIRONMENTS_FILE",
    });
  }
}

import { join } from "node:path";
import { ConnectorError, type Issue } from "../errors/connector-error.ts";
import { toIssues } from "../json-schema/issues.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { createSchemaResolver } from "../json-schema/resolve-schema.ts";
import { compileOperation } from "./operation.ts";
import { packageRoot } from "./package-root.ts";
import { readFrom, readJsonFile } from "./read-json-file.ts";
import type { CompiledOperation, Connector, Environment, Manifest } from "./types.ts";
import { compileSchema, createValidators, once } from "./validator.ts";

type AddedEnvironments = Readonly<Record<string, Environment>>;

export interface LoadOptions {
  /** The folder of manifest.json and schemas/; the package's own by default. */
  readonly root?: string;
  /** What files are called by in errors: `manifest.json` and the like by default. */
  readonly place?: string;
  /** Environments of the start-up configuration, added to the manifest's. */
  readonly environments?: AddedEnvironments | ((manifest: Manifest) => AddedEnvironments);
  /** Compare the manifest with its schema, which costs a start about 0.15 s where the validator is not built. True by default. */
  readonly check?: boolean;
}

/**
 * Reads the manifest and makes its operations callable. Schema files are read, resolved and compiled when first needed, once.
 *
 * @throws ConnectorError `manifest_invalid` where the manifest does not match its schema, `config_invalid` where an added
 *   environment is not usable or takes the name of one in the manifest
 */
export function loadConnector({
  root = packageRoot(),
  place = "",
  environments: added = {},
  check = true,
}: LoadOptions = {}): Connector {
  const manifest = readManifest(root, place, check);
  const environments = joinEnvironments(manifest, typeof added === "function" ? added(manifest) : added);
  const resolver = createSchemaResolver(readFrom(root, place));
  const validators = createValidators();
  const operations = new Map<string, CompiledOperation>();
  for (const [name, declaration] of Object.entries(manifest.operations)) {
    operations.set(name, compileOperation({ name, connector: manifest, declaration, resolver, validators }));
  }
  const resolved = once(() => {
    const whole = [...operations].map(([name, { declaration, inputSchema: input, outputSchema: output }]) => {
      return [name, { ...declaration, input, output }] as const;
    });
    const { $schema: _, ...rest } = manifest;
    return { ...rest, operations: Object.fromEntries(whole) };
  });

  return {
    manifest,
    environments,
    operations,
    get resolved() {
      return resolved();
    },
    operation(name) {
      const operation = operations.get(name);
      if (operation === undefined) throw noSuchOperation();
      return operation;
    },
    environment(name) {
      const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
      if (environment === undefined) {
        const known = Object.keys(environments).join(", ");
        throw new ConnectorError("environment_unknown", `There is no such environment; known are ${known}`);
      }
      return environment;
    },
  };
}

export function noSuchOperation(): ConnectorError {
  return new ConnectorError("not_found", "There is no such operation", { kind: "operation" });
}

/** @throws ConnectorError `manifest_invalid` with `details.issues` */
function readManifest(root: string, place: string, check: boolean): Manifest {
  const manifest = readJsonFile(join(root, "manifest.json"), `${place}manifest.json`);
  if (!check) return manifest as Manifest;
  const schema = readJsonFile(join(packageRoot(), "schemas/platform/manifest.json"), "schemas/platform/manifest.json");
  const validate = compileSchema(schema as JsonSchema);
  if (!validate(manifest)) throw invalidManifest(`${place}manifest.json does not match its schema`, toIssues(validate.errors));
  return manifest as Manifest;
}

/** Names the first three places. */
export function invalidManifest(what: string, issues: readonly Issue[]): ConnectorError {
  const places = issues.slice(0, 3).map((issue) => `${issue.pointer || "/"} ${issue.message}`);
  return new ConnectorError("manifest_invalid", `${what}: ${places.join("; ")}`, { issues });
}

function joinEnvironments(
  { environments: own, auth }: Manifest,
  added: AddedEnvironments,
): Readonly<Record<string, Environment>> {
  const environments: Record<string, Environment> = { ...own };
  const [example] = Object.values(own);
  const hasOAuth = auth.some(({ type }) => type === "oauth2");
  for (const [name, environment] of Object.entries(added)) {
    if (Object.hasOwn(own, name))
      throw new ConnectorError("config_invalid", `the environment ${name} is the manifest's own and cannot be replaced`);
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      throw new ConnectorError("config_invalid", `an environment's name must be like my-environment: ${name}`);
    for (const field of hasOAuth ? (["api", "authorize", "token"] as const) : (["api"] as const))
      assertUrl(name, field, environment[field]);
    if (hasOAuth && example?.audience !== undefined && environment.audience === undefined)
      throw new ConnectorError("config_invalid", `the environment ${name} needs audience, as the manifest's own have one`);
    environments[name] = { ...environment, api: environment.api.replace(/\/+$/, "") };
  }
  return environments;
}

function assertUrl(name: string, field: string, value: unknown): void {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const usable =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (!usable)
    throw new ConnectorError(
      "config_invalid",
      `the environment ${name} needs ${field}: an http or https address without user, query and fragment`,
    );
}

import type { Manifest } from "../connector/types.ts";

/**
 * What the environment variables for an environment's OAuth app begin with, for example `ACME_` for the first environment of the connector
 * `acme` and `ACME_SANDBOX_` for its `sandbox`. Undefined for an environment that start-up adds: it brings its app with it.
 */
export function variablePrefix(
  { id, environments }: Pick<Manifest, "id" | "environments">,
  environment: string,
): string | undefined {
  const at = Object.keys(environments).indexOf(environment);
  if (at === -1) return undefined;
  return toVariable(at === 0 ? [id] : [id, environment]);
}

function toVariable(parts: readonly string[]): string {
  return parts.map((part) => `${part.toUpperCase().replaceAll("-", "_")}_`).join("");
}

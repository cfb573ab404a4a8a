import type { Manifest } from "../connector/types.ts";

/** Where keys and their permissions are kept: "Acme (Settings, API keys)". */
export function placeOfKeys({ name, auth }: Pick<Manifest, "name" | "auth">): string {
  const madeUnder = auth.find((way) => way.type === "api_key")?.madeUnder;
  return madeUnder === undefined ? name : `${name} (${madeUnder})`;
}

/** " as an administrator", where not everyone may approve a connection. */
export function asApprover({ auth }: Pick<Manifest, "auth">): string {
  const approver = approverOf({ auth });
  return approver === undefined ? "" : ` as ${approver}`;
}

/** Who may approve a connection, where not everyone may: "an administrator". */
export function approverOf({ auth }: Pick<Manifest, "auth">): string | undefined {
  return auth.find((way) => way.type === "oauth2")?.approver;
}

import { includesScope } from "../text/scopes.ts";

/** The scopes that were asked for but not granted, nor included in what was. */
export function missingScopes(asked: readonly string[], granted: readonly string[]): string[] {
  return [...new Set(asked)].filter((scope) => !granted.some((own) => includesScope(own, scope)));
}

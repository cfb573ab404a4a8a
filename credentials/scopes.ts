/**
 * The scopes that were asked for but not granted. A write scope includes the matching read
 * (`postings:write:admin` grants `postings:read:admin`).
 */
export function missingScopes(asked: readonly string[], granted: readonly string[]): string[] {
  const held = new Set(granted);
  return [...new Set(asked)].filter((scope) => !held.has(scope) && !held.has(scope.replace(/:read(?=:|$)/, ":write")));
}

/** One reference token of an RFC 6901 pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The names that a pointer consists of; one that is part of an address (`#/…`) is percent-encoded as well. */
export function pointerTokens(pointer: string): string[] {
  const isFragment = pointer.startsWith("#");
  return pointer
    .replace(/^#/, "")
    .split("/")
    .slice(1)
    .map((token) => (isFragment ? decodeURIComponent(token) : token).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What a pointer leads to within a JSON value; undefined where it leads nowhere. */
export function atPointer(value: unknown, pointer: string): unknown {
  return pointerTokens(pointer).reduce<unknown>(
    (at, token) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, token) ? (at as Record<string, unknown>)[token] : undefined,
    value,
  );
}

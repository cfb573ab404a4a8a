/**
 * Tells whether a value names one of these, anywhere within it and in any case: whole, not as a part of a longer word or address. Percent-encoded
 * too, as in addresses and cursors.
 */
export function createMentions(names: readonly string[]): (value: unknown) => boolean {
  const spellings = names.flatMap((name) => [name, encodeURIComponent(name)]).map(asPattern);
  const pattern = new RegExp(
    String.raw`(?:(?<![\p{L}\p{N}._%+-])|(?<=%[0-9a-f]{2}))(?:${spellings.join("|")})(?![\p{L}\p{N}_-]|[.@][\p{L}\p{N}])`,
    "iu",
  );

  return function isMentioned(value: unknown): boolean {
    if (typeof value === "string") return pattern.test(value);
    if (typeof value !== "object" || value === null) return false;
    if (Array.isArray(value)) return value.some(isMentioned);
    return Object.entries(value).some(([name, part]) => pattern.test(name) || isMentioned(part));
  };
}

function asPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

export type IsMentioned = ReturnType<typeof createMentions>;

/**
 * What a terminal, a log or an editor could take for more than text: controls (C0, DEL, C1), line and paragraph separators, marks that
 * turn the direction of what follows, lone surrogates, and what Unicode reserves for programs' own use.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}\ufff9-\ufffb]/gu;

/** A text as one line that cannot drive a terminal: each character that could is shown as `?`. Everything that people read stays. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "?");
}

/** The same for text that has several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** JSON that says the same and cannot drive a terminal either: such characters stand in it as `\uXXXX`. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (found) => (found === "\n" ? found : escapeUnits(found)));
}

function escapeUnits(text: string): string {
  return Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
}

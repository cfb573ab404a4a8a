import { ConnectorError } from "../errors/connector-error.ts";

const MAX_DEPTH = 32;
/** Names that reach into an object's prototype when code assigns them. */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses JSON that came from outside. Besides broken JSON it refuses what parsers disagree about or programs trip over: nesting
 * deeper than 32, a key given twice, and the keys `__proto__`, `constructor` and `prototype`.
 *
 * @throws ConnectorError `malformed_json`, with the pointer in `details.issues` where there is one; never echoes the text
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new ConnectorError("malformed_json", "the body is not valid JSON");
  }
  if (typeof value === "object" && value !== null) scan(text);
  return value;
}

interface Level {
  /** Keys seen, in an object; undefined in an array. */
  readonly keys: Set<string> | undefined;
  /** Key or index of the current member. */
  at: string | number;
}

/** Walks valid JSON text once; valid means that quotes and brackets can be taken at their word. */
function scan(text: string): void {
  const levels: Level[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === 0x22) {
      const end = stringEnd(text, i);
      if (isKey(text, end, levels)) takeKey(text.slice(i, end + 1), levels);
      i = end;
    } else if (char === 0x7b || char === 0x5b) {
      if (levels.length === MAX_DEPTH)
        throw refuse(`the body is nested deeper than ${MAX_DEPTH} levels`, "depth", pointer(levels));
      levels.push(char === 0x7b ? { keys: new Set(), at: "" } : { keys: undefined, at: 0 });
    } else if (char === 0x7d || char === 0x5d) {
      levels.pop();
    } else if (char === 0x2c) {
      const level = levels.at(-1);
      if (level && !level.keys) level.at = (level.at as number) + 1;
    }
  }
}

function stringEnd(text: string, start: number): number {
  for (let i = start + 1; ; i += 1) {
    const char = text.charCodeAt(i);
    if (char === 0x22) return i;
    if (char === 0x5c) i += 1;
  }
}

/** In an object a string is a key exactly where a colon follows it. */
function isKey(text: string, end: number, levels: readonly Level[]): boolean {
  if (!levels.at(-1)?.keys) return false;
  let i = end + 1;
  while (text.charCodeAt(i) <= 0x20) i += 1;
  return text.charCodeAt(i) === 0x3a;
}

function takeKey(quoted: string, levels: readonly Level[]): void {
  const level = levels.at(-1) as Level;
  const key = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  level.at = key;
  if (FORBIDDEN.has(key)) throw refuse("the body holds a key that is not allowed", "key", pointer(levels));
  if (level.keys?.has(key)) throw refuse("the body holds a key twice", "duplicate", pointer(levels));
  level.keys?.add(key);
}

function pointer(levels: readonly Level[]): string {
  return levels.map(({ at }) => `/${String(at).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function refuse(message: string, keyword: string, at: string): ConnectorError {
  return new ConnectorError("malformed_json", message, { issues: [{ pointer: at, keyword, message }] });
}

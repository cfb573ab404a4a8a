/** The kinds of JSON values, as people call them. Null is none: it counts as nothing. */
export type Kind = "text" | "number" | "boolean" | "list" | "object";

/** The kind of a value; undefined of nothing, and of what is not JSON. */
export function kindOf(value: unknown): Kind | undefined {
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return Number.isFinite(value) ? "number" : undefined;
    case "boolean":
      return "boolean";
    case "object":
      return value === null ? undefined : Array.isArray(value) ? "list" : "object";
    default:
      return undefined;
  }
}

/** A value within longer text: lists and objects as JSON, nothing as no text. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? toJson(value) : String(value);
}

/** JSON of own plain data alone: getters and functions are not asked. @throws RangeError where it is nested without end */
export function toJson(value: unknown): string {
  return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(
    ([, { enumerable, value: field }]) => enumerable && typeof field !== "function",
  );
  return Object.fromEntries(fields.flatMap(([name, { value: field }]) => (field === undefined ? [] : [[name, plain(field)]])));
}

/** RFC 3339 with a date, a time and a zone; linear. */
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const MOST_MS = 8.64e15;

/** The time that a value names, in milliseconds since the epoch: RFC 3339 text, or such milliseconds; undefined where it names none. */
export function toTimeMs(value: unknown): number | undefined {
  if (typeof value === "number") return Math.abs(value) <= MOST_MS ? Math.trunc(value) : undefined;
  if (typeof value !== "string" || !TIME.test(value)) return undefined;
  const ms = Date.parse(value.replace(" ", "T").toUpperCase());
  return Number.isNaN(ms) ? undefined : ms;
}

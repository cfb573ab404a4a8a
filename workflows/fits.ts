import { entryOf, flatten } from "../json-schema/follow.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { violations } from "../json-schema/violations.ts";
import { ID_PATTERN } from "./trigger.ts";
import type { Finding } from "./types.ts";

/** Whether values of one schema are accepted by another: always (undefined), never, or perhaps not. */
export interface Misfit {
  readonly severity: Finding["severity"];
  readonly code: Extract<
    Finding["code"],
    "wrong_type" | "maybe_wrong_type" | "wrong_id" | "value_refused" | "maybe_refused" | "unchecked"
  >;
  /** A clause that follows "the value". */
  readonly reason: string;
}

/** Texts of JSON are whole characters; this pattern asks for nothing else. */
const WELL_FORMED = "^\\P{Cs}*$";
/** Bounds from here on are not met by accident. */
const AMPLE = 1000;

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

/** Are all values that these flat schemas describe accepted? The gravest misfit, if there is one. */
export function misfit(produced: readonly JsonSchema[], accepted: JsonSchema): Misfit | undefined {
  const takes = flatten(accepted);
  const found = produced.map((one) => misfitOf(one, takes, accepted));
  const misfits = found.filter((one) => one !== undefined);
  const [first] = misfits;
  if (first === undefined) return undefined;
  if (misfits.length === produced.length && misfits.every(({ severity }) => severity === "error")) return first;
  // Some of what may come is accepted.
  return toDoubt(misfits.find(({ severity }) => severity === "error") ?? first);
}

function toDoubt(one: Misfit): Misfit {
  if (one.severity === "doubt") return one;
  return {
    ...one,
    severity: "doubt",
    code: one.code === "wrong_type" ? "maybe_wrong_type" : one.code === "value_refused" ? "maybe_refused" : one.code,
  };
}

function misfitOf(produced: JsonSchema, takes: readonly JsonSchema[], accepted: JsonSchema): Misfit | undefined {
  if ("const" in produced) {
    const [issue] = violations(accepted, produced.const);
    if (issue === undefined) return undefined;
    return { severity: "error", code: "value_refused", reason: `${JSON.stringify(produced.const)} ${issue.message}` };
  }
  const found = takes.map((one) => misfitOfFlat(produced, one));
  if (found.some((one) => one === undefined)) return undefined;
  const misfits = found as Misfit[];
  return (
    misfits.find(({ severity }) => severity === "doubt") ??
    misfits.find(({ code }) => code !== "wrong_type") ??
    wrongType(produced, takes)
  );
}

function wrongType({ type }: JsonSchema, takes: readonly JsonSchema[]): Misfit {
  const words = [...new Set(takes.map(({ type: one }) => NAMES[String(one)] ?? "something else"))].filter(
    (word) => word !== "null",
  );
  return {
    severity: "error",
    code: "wrong_type",
    reason: `is ${NAMES[String(type)] ?? "of any kind"}, and the field takes ${words.join(" or ")}`,
  };
}

function doubt(reason: string, code: Misfit["code"] = "maybe_refused"): Misfit {
  return { severity: "doubt", code, reason };
}

function misfitOfFlat(produced: JsonSchema, takes: JsonSchema): Misfit | undefined {
  const { type } = takes;
  if ("const" in takes) {
    if (produced.type !== undefined && produced.type !== type) return wrongType(produced, [takes]);
    return doubt("may be another than the field takes");
  }
  if (isAnything(takes)) return undefined;
  if (produced.type === undefined) return doubt("may be of any kind; nothing is known of it", "unchecked");
  if (takes.$more !== undefined) return doubt("cannot be compared with what the field takes", "unchecked");
  if (type !== undefined && produced.type !== type && !(produced.type === "integer" && type === "number")) {
    if (produced.type === "number" && type === "integer") return doubt("may be a number with a fraction");
    return wrongType(produced, [takes]);
  }
  const other = [produced["x-id"], takes["x-id"]];
  if (other[0] !== undefined && other[1] !== undefined && other[0] !== other[1] && produced.type === "string")
    return {
      severity: "error",
      code: "wrong_id",
      reason: `is the id of ${words(other[0])}, and the field takes the id of ${words(other[1])}`,
    };
  switch (produced.type) {
    case "string":
      return misfitOfText(produced, takes);
    case "integer":
    case "number":
      return misfitOfNumber(produced, takes);
    case "array":
      return misfitOfList(produced, takes);
    case "object":
      return misfitOfObject(produced, takes);
    default:
      return undefined;
  }
}

function words(name: unknown): string {
  return String(name).replaceAll("_", " ");
}

/** Nothing is asked of a value. */
function isAnything(schema: JsonSchema): boolean {
  return Object.keys(schema).every((keyword) => /^(?:title|description|examples|default|x-.*)$/.test(keyword));
}

function misfitOfText(produced: JsonSchema, takes: JsonSchema): Misfit | undefined {
  // What a service answers as an id of this kind, it takes as one.
  if (produced["x-id"] !== undefined && produced["x-id"] === takes["x-id"]) return undefined;
  const {
    minLength = 0,
    maxLength = Number.POSITIVE_INFINITY,
    pattern,
    format,
  } = takes as { minLength?: number; maxLength?: number; pattern?: string; format?: string };
  const given = { minLength: 0, maxLength: Number.POSITIVE_INFINITY, ...produced } as { minLength: number; maxLength: number };
  if (given.maxLength < minLength)
    return { severity: "error", code: "value_refused", reason: `is shorter than ${minLength} characters` };
  if (given.minLength < minLength) return doubt(minLength === 1 ? "may be empty" : `may be shorter than ${minLength} characters`);
  if (pattern !== undefined && pattern !== produced.pattern && pattern !== WELL_FORMED)
    return doubt(pattern === ID_PATTERN ? "may be no id" : "may hold characters that the field refuses");
  if (format !== undefined && format !== produced.format)
    return doubt(format === "date-time" ? "may be no time" : `may be no ${format}`);
  if (given.maxLength > maxLength && maxLength < AMPLE) return doubt(`may be longer than ${maxLength} characters`);
  return misfitOfOthers(takes, ["minLength", "maxLength", "pattern", "format"]);
}

function misfitOfNumber(produced: JsonSchema, takes: JsonSchema): Misfit | undefined {
  const { minimum = -Infinity, maximum = Infinity } = takes as { minimum?: number; maximum?: number };
  // Times of services are milliseconds since the epoch, and not before it.
  const isTime = produced["x-unit"] === "ms" && takes["x-unit"] === "ms";
  const least = (produced.minimum as number | undefined) ?? (isTime ? 0 : -Infinity);
  const most = (produced.maximum as number | undefined) ?? (isTime ? maximum : Infinity);
  if (most < minimum || least > maximum)
    return { severity: "error", code: "value_refused", reason: "is a number outside of what the field takes" };
  if (least < minimum) return doubt(`may be less than ${minimum}`);
  if (most > maximum && maximum < Number.MAX_SAFE_INTEGER) return doubt(`may be more than ${maximum}`);
  return misfitOfOthers(takes, ["minimum", "maximum"]);
}

function misfitOfList(produced: JsonSchema, takes: JsonSchema): Misfit | undefined {
  const {
    minItems = 0,
    maxItems = Infinity,
    uniqueItems = false,
  } = takes as { minItems?: number; maxItems?: number; uniqueItems?: boolean };
  const given = { minItems: 0, maxItems: Infinity, ...produced } as { minItems: number; maxItems: number };
  if (takes.items !== undefined) {
    const entries = misfit(flatten(entryOf(produced)), entryOf(takes));
    if (entries !== undefined && (entries.severity === "error" || given.minItems > 0))
      return { ...entries, reason: `has an entry that ${entries.reason}` };
    if (entries !== undefined) return { ...entries, reason: `may have an entry that ${entries.reason}` };
  }
  if (given.maxItems < minItems)
    return { severity: "error", code: "value_refused", reason: `has fewer than ${minItems} entries` };
  if (given.minItems < minItems)
    return doubt(minItems === 1 ? "may be an empty list" : `may have fewer than ${minItems} entries`);
  if (uniqueItems && produced.uniqueItems !== true && given.maxItems > 1)
    return doubt("may have the same entry twice; uniq leaves one");
  if (given.maxItems > maxItems && maxItems < AMPLE) return doubt(`may have more than ${maxItems} entries`);
  return misfitOfOthers(takes, ["minItems", "maxItems", "uniqueItems", "items"]);
}

function misfitOfObject(produced: JsonSchema, takes: JsonSchema): Misfit | undefined {
  const given = (produced.properties ?? {}) as Record<string, JsonSchema>;
  const taken = (takes.properties ?? {}) as Record<string, JsonSchema>;
  const surely = (produced.required ?? []) as readonly string[];
  const isOpen = produced.additionalProperties !== false;
  for (const name of (takes.required ?? []) as readonly string[]) {
    if (given[name] === undefined && !isOpen)
      return { severity: "error", code: "value_refused", reason: `has no ${name}, which the field needs` };
    if (!surely.includes(name)) return doubt(`may have no ${name}, which the field needs`);
  }
  for (const [name, field] of Object.entries(given)) {
    const wanted = Object.hasOwn(taken, name) ? taken[name] : takes.additionalProperties;
    if (wanted === false) {
      const reason = `${surely.includes(name) ? "has" : "may have"} ${name}, which the field does not take`;
      return surely.includes(name) ? { severity: "error", code: "value_refused", reason } : doubt(reason);
    }
    const found = typeof wanted === "object" && wanted !== null ? misfit(flatten(field), wanted as JsonSchema) : undefined;
    if (found !== undefined)
      return { ...(surely.includes(name) ? found : toDoubt(found)), reason: `has ${name}, which ${found.reason}` };
  }
  if (isOpen && takes.additionalProperties === false) return doubt("may have fields that the field does not take");
  return misfitOfOthers(takes, ["properties", "required", "additionalProperties"]);
}

const ANNOTATIONS = /^(?:type|title|description|examples|default|deprecated|\$defs|x-.*)$/;

/** Keywords that say something of values of one type alone. */
const OF_NUMBERS = /^(?:minimum|maximum|exclusiveMinimum|exclusiveMaximum|multipleOf)$/;
const OF_TEXTS = /^(?:minLength|maxLength|pattern|format)$/;

/** What cannot be compared. */
function misfitOfOthers(takes: JsonSchema, compared: readonly string[]): Misfit | undefined {
  const idle = takes.type === "string" ? OF_NUMBERS : OF_TEXTS;
  const other = Object.keys(takes).find(
    (keyword) => !ANNOTATIONS.test(keyword) && !idle.test(keyword) && !compared.includes(keyword) && keyword !== "properties",
  );
  return other === undefined ? undefined : doubt(`cannot be compared with what the field takes (${other})`, "unchecked");
}

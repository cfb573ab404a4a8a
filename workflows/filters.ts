import { stepInto } from "../json-schema/describe.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { canonical, isSame } from "../json-schema/same.ts";
import { formatTime, isTimeFormat } from "./format-time.ts";
import { type Kind, kindOf, toJson, toText, toTimeMs } from "./values.ts";

/** Why a filter cannot be applied: completes "<filter> …". */
export class FilterError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FilterError";
  }
}

/** Counts characters and entries that are made, and refuses too many. */
export type Use = (count: number) => void;

interface Parameter {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly isOptional?: boolean;
}

/** What may come out of an expression: one of several schemas without null and without `anyOf`, or nothing. */
export interface Outcome {
  readonly schemas: readonly JsonSchema[];
  readonly maybeNothing: boolean;
}

export interface FilterDeclaration {
  /** What it does, as documentation tells it. */
  readonly summary: string;
  readonly input: readonly Kind[];
  /** Kinds of entries that it takes, where it takes lists; null entries it always takes. */
  readonly entries?: readonly Kind[];
  readonly args: readonly Parameter[];
  /** Takes cases (`name: value`) in place of `args`. */
  readonly isNamed?: boolean;
  /** Whether it is asked where its input is nothing. All others give nothing then, and where a value given to them is nothing. */
  readonly takesNothing?: boolean;
  /** `args` of one that is named are pairs. */
  readonly apply: (value: never, args: readonly never[], use: Use) => unknown;
  /** Schemas of what comes out, for schemas of what goes in; `nothing` adds that there may be none. */
  readonly result: (input: readonly JsonSchema[], args: readonly Outcome[]) => Outcome;
  /** Why it may fail on values of such a schema, of a kind that it takes; completes "may fail: …". */
  readonly doubt?: (input: JsonSchema) => string | undefined;
}

const SCALARS = ["text", "number", "boolean"] as const;
const ANY = ["text", "number", "boolean", "list", "object"] as const;
const TEXT: JsonSchema = { type: "string" };
const FULL: JsonSchema = { type: "string", minLength: 1 };

const some = (...schemas: readonly JsonSchema[]): Outcome => ({ schemas, maybeNothing: false });
const orNothing = (schemas: readonly JsonSchema[]): Outcome => ({ schemas, maybeNothing: true });
const isFull = ({ minLength = 0 }: JsonSchema): boolean => (minLength as number) > 0;
const sameText = (input: readonly JsonSchema[]): Outcome => some(input.every(isFull) ? FULL : TEXT);

/** Every filter there is: what it takes, what it gives and what it does, in one place for mapping, check and documentation. */
export const FILTERS = {
  default: {
    summary: "Another value where there is none, or an empty text or list. `false` and `0` are values.",
    input: ANY,
    args: [{ name: "value", kinds: ANY }],
    takesNothing: true,
    apply: (value: unknown, [other]: readonly unknown[]) =>
      value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0) ? other : value,
    result: (input, [other]) => ({
      schemas: [...input.flatMap(withoutEmpty), ...(other?.schemas ?? [])],
      maybeNothing: other?.maybeNothing ?? true,
    }),
  },
  first: {
    summary: "The first entry of a list.",
    input: ["list"],
    args: [],
    apply: (list: unknown[]) => list[0],
    result: oneEntry,
  },
  last: {
    summary: "The last entry of a list.",
    input: ["list"],
    args: [],
    apply: (list: unknown[]) => list.at(-1),
    result: oneEntry,
  },
  join: {
    summary:
      "The entries of a list as one text, with a text between them (a blank, if none is given). Empty entries are left out.",
    input: ["list"],
    entries: SCALARS,
    args: [{ name: "between", kinds: ["text"], isOptional: true }],
    apply(list: unknown[], [between = " "]: readonly string[], use: Use) {
      const texts = present(list).map((entry) => scalar(entry, "an entry"));
      use(texts.reduce((sum, text) => sum + text.length + between.length, 0));
      return texts.join(between);
    },
    result: () => some(TEXT),
  },
  map: {
    summary: "One field of each entry of a list, as a list. Entries without it are left out.",
    input: ["list"],
    args: [{ name: "field", kinds: ["text"] }],
    apply(list: unknown[], [field]: readonly string[], use: Use) {
      use(list.length);
      return present(list.map((entry) => ownField(entry, field as string)));
    },
    result: (input, [field]) => {
      const name = field?.schemas[0]?.const;
      if (typeof name !== "string") return some({ type: "array" });
      return some(listOf(input.flatMap(entriesOf).flatMap((entry) => stepInto([entry], name))));
    },
  },
  where: {
    summary:
      "The entries of a list whose field is the given value; without a value, those whose field is neither missing nor `false`.",
    input: ["list"],
    args: [
      { name: "field", kinds: ["text"] },
      { name: "value", kinds: ANY, isOptional: true },
    ],
    apply(list: unknown[], args: readonly unknown[], use: Use) {
      use(list.length);
      const [field, wanted] = args as [string, unknown];
      return list.filter((entry) => {
        const found = ownField(entry, field);
        return args.length > 1 ? isSame(found, wanted) : found !== undefined && found !== null && found !== false;
      });
    },
    result: (input) => some(...input.map(shorter)),
  },
  uniq: {
    summary: "A list with each entry once.",
    input: ["list"],
    args: [],
    apply(list: unknown[], _: readonly unknown[], use: Use) {
      const found = new Map<string, unknown>();
      for (const entry of list) {
        const key = canonical(entry);
        use(key.length + 1);
        if (!found.has(key)) found.set(key, entry);
      }
      return [...found.values()];
    },
    result: (input) =>
      some(
        ...input.map(({ minItems = 0, ...rest }) => ({ ...rest, uniqueItems: true, minItems: Math.min(1, minItems as number) })),
      ),
  },
  compact: {
    summary: "A list without entries that are `null`.",
    input: ["list"],
    args: [],
    apply(list: unknown[], _: readonly unknown[], use: Use) {
      use(list.length);
      return present(list);
    },
    result: (input) => some(...input.map((list) => ({ ...shorter(list), ...listOf(entriesOf(list)) }))),
  },
  size: {
    summary: "How many characters a text has, or entries a list.",
    input: ["text", "list"],
    args: [],
    apply(value: string | unknown[], _: readonly unknown[], use: Use) {
      use(value.length);
      return typeof value === "string" ? [...value].length : value.length;
    },
    result: (input) =>
      some({ type: "integer", minimum: input.every((one) => isFull(one) || ((one.minItems as number) ?? 0) > 0) ? 1 : 0 }),
  },
  split: {
    summary:
      "A text as a list of the texts between a separator. An empty text gives an empty list, an empty separator each character.",
    input: ["text"],
    args: [{ name: "separator", kinds: ["text"] }],
    apply(text: string, [separator]: readonly string[], use: Use) {
      use(text.length + 1);
      if (text === "") return [];
      return separator === "" ? [...text] : text.split(separator as string);
    },
    result: () => some({ type: "array", items: TEXT }),
  },
  strip: {
    summary: "A text without blanks around it.",
    input: ["text"],
    args: [],
    apply: (text: string, _: readonly unknown[], use: Use) => made(text.trim(), use),
    result: () => some(TEXT),
  },
  upcase: {
    summary: "A text in capital letters.",
    input: ["text"],
    args: [],
    apply: (text: string, _: readonly unknown[], use: Use) => made(text.toUpperCase(), use),
    result: sameText,
  },
  downcase: {
    summary: "A text in small letters.",
    input: ["text"],
    args: [],
    apply: (text: string, _: readonly unknown[], use: Use) => made(text.toLowerCase(), use),
    result: sameText,
  },
  capitalize: {
    summary: "A text with its first letter in capitals and all others small.",
    input: ["text"],
    args: [],
    apply(text: string, _: readonly unknown[], use: Use) {
      const [first = ""] = text;
      return made(first.toUpperCase() + text.slice(first.length).toLowerCase(), use);
    },
    result: sameText,
  },
  replace: {
    summary:
      "A text with each occurrence of one text replaced by another. Nothing is replaced where the text to look for is empty.",
    input: ["text"],
    args: [
      { name: "search", kinds: ["text"] },
      { name: "by", kinds: ["text"] },
    ],
    apply(text: string, args: readonly string[], use: Use) {
      const [search, by] = args as [string, string];
      if (search === "") return text;
      use(text.length);
      const parts = text.split(search);
      use(text.length + (parts.length - 1) * by.length);
      return parts.join(by);
    },
    result: () => some(TEXT),
  },
  slice: {
    summary:
      "A part of a text or list: from a place, counted from 0 (negative from the end), as many characters or entries as given, or one.",
    input: ["text", "list"],
    args: [
      { name: "from", kinds: ["number"] },
      { name: "count", kinds: ["number"], isOptional: true },
    ],
    apply(value: string | unknown[], args: readonly number[], use: Use) {
      const [from, count = 1] = args as [number, number?];
      use(value.length);
      const entries = typeof value === "string" ? [...value] : value;
      const start = Math.trunc(from) < 0 ? entries.length + Math.trunc(from) : Math.trunc(from);
      const part = start < 0 ? [] : entries.slice(start, start + Math.max(0, Math.trunc(count)));
      return typeof value === "string" ? part.join("") : part;
    },
    result: (input) => some(...input.map((one) => (one.type === "array" ? shorter(one) : TEXT))),
  },
  truncate: {
    summary: "A text cut to a number of characters (50, if none is given), the sign for what was cut (`...`) included.",
    input: ["text"],
    args: [
      { name: "length", kinds: ["number"], isOptional: true },
      { name: "sign", kinds: ["text"], isOptional: true },
    ],
    apply(text: string, args: readonly unknown[], use: Use) {
      const [length = 50, sign = "..."] = args as [number?, string?];
      use(text.length + sign.length);
      const characters = [...text];
      if (characters.length <= length) return text;
      return characters.slice(0, Math.max(0, Math.trunc(length) - [...sign].length)).join("") + sign;
    },
    result: (input, [length]) => {
      const most = length === undefined ? 50 : length.schemas[0]?.const;
      const bound = typeof most === "number" && most >= 3 && Number.isInteger(most) ? { maxLength: most } : {};
      return some({ ...(input.every(isFull) && "maxLength" in bound ? FULL : TEXT), ...bound });
    },
  },
  date: {
    summary:
      "A time (RFC 3339 text, or milliseconds since the epoch) as text in the given form, in UTC or in the given time zone. There is no `now`; use `run.startedAt`.",
    input: ["text", "number"],
    args: [
      { name: "form", kinds: ["text"] },
      { name: "zone", kinds: ["text"], isOptional: true },
    ],
    apply(value: unknown, args: readonly string[], use: Use) {
      const [form, zone = "UTC"] = args as [string, string?];
      const text = formatTime(timeOf(value), form, zone);
      if (typeof text !== "string") throw new FilterError(text.problem);
      return made(text, use);
    },
    result: (_, [form]) => {
      const text = form?.schemas[0]?.const;
      return some(typeof text === "string" && isTimeFormat(text) ? { ...FULL, format: "date-time" } : TEXT);
    },
    doubt: maybeNoTime,
  },
  shift: {
    summary:
      "A time (RFC 3339 text, or milliseconds since the epoch) moved by a number of seconds, minutes, hours or days, backwards by a negative one; in UTC, from the year 0 to 9999. A day is 24 hours.",
    input: ["text", "number"],
    args: [
      { name: "number", kinds: ["number"] },
      { name: "unit", kinds: ["text"] },
    ],
    apply(value: unknown, args: readonly unknown[], use: Use) {
      const [count, unit] = args as [number, string];
      const fault = faultOfUnit(unit);
      if (fault !== undefined) throw new FilterError(fault);
      const ms = timeOf(value) + count * (MS_OF_UNIT[unit] as number);
      return made(new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString(), use);
    },
    result: () => some({ ...FULL, format: "date-time" }),
    doubt: maybeNoTime,
  },
  append: {
    summary: "A text with another one behind it. Numbers and `true` or `false` count as text.",
    input: SCALARS,
    args: [{ name: "text", kinds: SCALARS }],
    apply: joined((value, other) => value + other),
    result: joinedText,
  },
  prepend: {
    summary: "A text with another one in front of it. Numbers and `true` or `false` count as text.",
    input: SCALARS,
    args: [{ name: "text", kinds: SCALARS }],
    apply: joined((value, other) => other + value),
    result: joinedText,
  },
  plus: {
    summary: "The sum of two numbers. A text that is a number counts as one.",
    input: ["number", "text"],
    args: [{ name: "number", kinds: ["number", "text"] }],
    apply: computed((a, b) => a + b),
    result: computedNumber,
    doubt: maybeNoNumber,
  },
  minus: {
    summary: "The difference of two numbers. A text that is a number counts as one.",
    input: ["number", "text"],
    args: [{ name: "number", kinds: ["number", "text"] }],
    apply: computed((a, b) => a - b),
    result: computedNumber,
    doubt: maybeNoNumber,
  },
  json: {
    summary: "A value as JSON text.",
    input: ANY,
    args: [],
    apply: (value: unknown, _: readonly unknown[], use: Use) => made(toJson(value), use),
    result: () => some(FULL),
  },
  in: {
    summary: "Whether a list has the value among its entries.",
    input: SCALARS,
    args: [{ name: "list", kinds: ["list"] }],
    apply(value: unknown, [list]: readonly unknown[][], use: Use) {
      use(list?.length ?? 0);
      return list?.some((entry) => isSame(entry, value)) ?? false;
    },
    result: () => some({ type: "boolean" }),
  },
  choose: {
    summary:
      "The value of the case whose name is the text, exactly; `else` where there is none, or no text. Names with blanks stand in quotes. Without `else` the outcome may be nothing.",
    input: SCALARS,
    args: [],
    isNamed: true,
    takesNothing: true,
    apply(value: unknown, cases: readonly (readonly [string, unknown])[]) {
      const wanted = value === undefined || value === null ? undefined : scalar(value, "the value");
      const found = cases.find(([name]) => name !== "else" && name === wanted) ?? cases.find(([name]) => name === "else");
      return found?.[1];
    },
    // The last outcome is that of else.
    result: (_, cases) => ({
      schemas: cases.flatMap(({ schemas }) => schemas),
      maybeNothing: cases.some((one) => one.maybeNothing),
    }),
  },
} as const satisfies Record<string, FilterDeclaration>;

export type FilterName = keyof typeof FILTERS;

export function filterOf(name: FilterName): FilterDeclaration {
  return FILTERS[name];
}

export function isFilterName(name: string): name is FilterName {
  return Object.hasOwn(FILTERS, name);
}

/** Applies a filter as an expression does: nothing in, nothing out; kinds checked. @throws FilterError */
export function applyFilter(name: FilterName, value: unknown, args: readonly unknown[], use: Use): unknown {
  const filter = filterOf(name);
  if (!filter.takesNothing && [value, ...args].some(isNothing)) return undefined;
  try {
    if (!isNothing(value)) assertKind(value, filter.input);
    if (!filter.isNamed) for (const [at, arg] of args.entries()) assertArgument(arg, filter.args[at]);
    return filter.apply(value as never, args as readonly never[], use);
  } catch (error) {
    throw error instanceof FilterError ? new FilterError(`${name} ${error.message}`) : error;
  }
}

const KINDS: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  list: "a list",
  object: "an object",
};

/** "a text or a number" */
export function kindsInWords(kinds: readonly Kind[]): string {
  const words = kinds.map((kind) => KINDS[kind]);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function assertArgument(arg: unknown, parameter: Parameter | undefined): void {
  if (parameter !== undefined && !isNothing(arg)) assertKind(arg, parameter.kinds, ` as ${parameter.name}`);
}

function assertKind(value: unknown, kinds: readonly Kind[], as = ""): void {
  const kind = kindOf(value);
  if (kind === undefined) throw new FilterError("got what is no JSON value");
  if (!kinds.includes(kind)) throw new FilterError(`takes ${kindsInWords(kinds)}${as}, not ${KINDS[kind]}`);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function present(list: readonly unknown[]): unknown[] {
  return list.filter((entry) => !isNothing(entry));
}

function ownField(entry: unknown, name: string): unknown {
  return kindOf(entry) === "object" && Object.hasOwn(entry as object, name)
    ? (entry as Record<string, unknown>)[name]
    : undefined;
}

function scalar(value: unknown, what: string): string {
  if (typeof value === "object")
    throw new FilterError(`got ${KINDS[kindOf(value) ?? "object"]} as ${what}, where a text is needed`);
  return toText(value);
}

const MS_OF_UNIT: Readonly<Record<string, number>> = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 };
/** What RFC 3339 can write. */
const FIRST_MS = Date.UTC(-1, 11, 32);
const LAST_MS = Date.UTC(10_000, 0, 1) - 1;

/** Why a unit of time cannot be used; undefined where it can. */
export function faultOfUnit(unit: string): string | undefined {
  return Object.hasOwn(MS_OF_UNIT, unit) ? undefined : `counts in ${Object.keys(MS_OF_UNIT).join(", ")}`;
}

function timeOf(value: unknown): number {
  const ms = toTimeMs(value);
  if (ms === undefined) throw new FilterError("got what is no time: neither RFC 3339 text nor milliseconds since the epoch");
  return ms;
}

function maybeNoTime({ type, format, "x-unit": unit }: JsonSchema): string | undefined {
  return (type === "string" && format === "date-time") || unit === "ms" ? undefined : "the value may be no time";
}

function made(text: string, use: Use): string {
  use(text.length);
  return text;
}

function joined(join: (value: string, other: string) => string) {
  return (value: unknown, [other]: readonly unknown[], use: Use) => made(join(toText(value), toText(other)), use);
}

function joinedText(input: readonly JsonSchema[], args: readonly Outcome[]): Outcome {
  const isNeverEmpty = (one: JsonSchema) =>
    one.type !== "string" || isFull(one) || (typeof one.const === "string" && one.const !== "");
  return some(input.every(isNeverEmpty) || args.every(({ schemas }) => schemas.every(isNeverEmpty)) ? FULL : TEXT);
}

const NUMBER = /^[+-]?\d{1,300}(?:\.\d{1,300})?$/;

function computed(compute: (a: number, b: number) => number) {
  return (value: unknown, [other]: readonly unknown[]) => {
    const result = compute(toNumber(value), toNumber(other));
    if (!Number.isFinite(result)) throw new FilterError("gives a number that is too large");
    return result;
  };
}

function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  const text = String(value).trim();
  if (!NUMBER.test(text)) throw new FilterError("takes a number, or a text that is one");
  return Number(text);
}

function computedNumber(input: readonly JsonSchema[], args: readonly Outcome[]): Outcome {
  const all = [...input, ...args.flatMap(({ schemas }) => schemas)];
  return some({
    type: all.every(({ type, const: value }) => type === "integer" || Number.isInteger(value)) ? "integer" : "number",
  });
}

function maybeNoNumber({ type }: JsonSchema): string | undefined {
  return type === "string" ? "the text may be no number" : undefined;
}

/** What entries of a list may be; none where nothing is known of them. */
function entriesOf({ items }: JsonSchema): JsonSchema[] {
  return typeof items === "object" && items !== null ? [items as JsonSchema] : [];
}

function listOf(entries: readonly JsonSchema[]): JsonSchema {
  return { type: "array", ...(entries.length > 0 && { items: entries.length === 1 ? entries[0] : { anyOf: entries } }) };
}

function oneEntry(input: readonly JsonSchema[]): Outcome {
  const entries = input.flatMap((list) => (entriesOf(list).length > 0 ? entriesOf(list) : [{}]));
  return input.every(({ minItems = 0 }) => (minItems as number) > 0) ? some(...entries) : orNothing(entries);
}

function shorter({ minItems: _minItems, ...list }: JsonSchema): JsonSchema {
  return list;
}

/** An empty text or list is replaced; what stays is not empty. */
function withoutEmpty(schema: JsonSchema): JsonSchema[] {
  if (schema.const === "") return [];
  if (schema.type === "string" && !isFull(schema)) return [{ ...schema, minLength: 1 }];
  if (schema.type === "array") return [{ ...schema, minItems: Math.max(1, (schema.minItems as number) ?? 0) }];
  return [schema];
}

/** The name of a case may stand in quotes. */
export function caseName(name: string): string {
  return /^(["']).*\1$/s.test(name) ? name.slice(1, -1) : name;
}

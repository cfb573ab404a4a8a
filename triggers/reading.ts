import { createHash } from "node:crypto";
import { ExactNumber, parseJson as parseExactly } from "../connector/exact-json.ts";
import { parseJson as parseStrictly } from "../connector/safe-json.ts";
import { atPointer } from "../json-schema/pointer.ts";
import type { Place, Source, TimeUnit } from "../schemas/types/platform/trigger-preset.ts";

/** What arrived, as it arrived. */
export interface Received {
  /** Node's `rawHeaders`: names and values in turn. Only these tell whether a header came twice. */
  readonly rawHeaders: readonly string[];
  /** The bytes of the body. */
  readonly body: Uint8Array;
}

/** What a delivery holds, by the places that presets name. The body is parsed when something of it is first asked for. */
export interface Reading {
  readonly bytes: Uint8Array;
  /** The body, numbers kept exactly; undefined where it is not JSON, or JSON that parsers disagree about. */
  body(): unknown;
  /** Every value of a header. */
  headers(name: string): readonly string[];
  /** What lies there; undefined where nothing does. */
  at(place: Place): unknown;
  /** What lies there as text; undefined for nothing, null, lists, objects and texts longer than 1,024 characters. */
  text(source: Source): string | undefined;
}

const LONGEST = 1024;

export function createReading({ rawHeaders, body: bytes }: Received): Reading {
  let parsed: { readonly value: unknown } | undefined;
  function body(): unknown {
    parsed ??= { value: parse(bytes) };
    return parsed.value;
  }
  function headers(wanted: string): readonly string[] {
    return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted);
  }
  function at(place: Place): unknown {
    const header = headerName(place);
    return header === undefined ? atPointer(body(), place) : headers(header)[0];
  }
  function text(source: Source): string | undefined {
    if (typeof source === "string") return source === "body:sha256" ? fingerprint(bytes) : toText(at(source));
    if ("firstOf" in source) return first(source.firstOf, text);
    const parts = source.join.map(text);
    return parts.every((part) => part === undefined) ? undefined : shortEnough(parts.map((part) => part ?? "").join("\n"));
  }
  return { bytes, body, headers, at, text };
}

/** The name in `header:…`; undefined for a pointer. */
export function headerName(place: Place): string | undefined {
  return place.startsWith("header:") ? place.slice("header:".length) : undefined;
}

/** RFC 3339 with milliseconds; undefined where the text is no time of that unit. */
export function toTime(text: string | undefined, unit: TimeUnit): string | undefined {
  if (text === undefined || !WRITTEN[unit].test(text)) return undefined;
  const time = new Date(toNumber(text, unit));
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

const WRITTEN: Readonly<Record<TimeUnit, RegExp>> = {
  s: /^\d{1,13}$/,
  ms: /^\d{1,13}$/,
  iso: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
  utc: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?$/,
};

function toNumber(text: string, unit: TimeUnit): number {
  if (unit === "iso") return Date.parse(text);
  if (unit === "utc") return Date.parse(`${text.replace(" ", "T")}Z`);
  return Number(text) * (unit === "s" ? 1000 : 1);
}

/** Nothing where the bytes are no UTF-8, no JSON, or JSON with keys given twice, keys of prototypes or nesting that is too deep. */
function parse(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    parseStrictly(text);
    return parseExactly(text).exact;
  } catch {
    return undefined;
  }
}

function toText(value: unknown): string | undefined {
  if (typeof value === "string") return shortEnough(value);
  if (value instanceof ExactNumber) return shortEnough(value.text);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function shortEnough(text: string): string | undefined {
  return text.length > LONGEST ? undefined : text;
}

function first<From, To>(list: readonly From[], read: (from: From) => To | undefined): To | undefined {
  for (const one of list) {
    const value = read(one);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function fingerprint(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

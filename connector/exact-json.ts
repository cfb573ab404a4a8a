import { randomUUID } from "node:crypto";

/**
 * A number of a JSON text that no JavaScript number can hold, as it is spelt there: beyond 2^53, of more digits than a double has, or out of
 * its range. `stringifyJson` writes it as it came; to anything else it is the nearest number.
 */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  valueOf(): number {
    return Number(this.text);
  }

  toJSON(): unknown {
    return isWriting ? MARK + this.text : this.valueOf();
  }
}

/** Stands before the digits while they are a string. Unguessable, so that no text of the service's can pass for a number. */
const MARK = `number-${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, "g");
/** While `stringifyJson` runs; `toJSON` has no other way to know who asks. */
let isWriting = false;

/** A number that may be inexact: of sixteen characters or with an exponent. In a text, where it is looked for first, there is seldom one. */
const MAYBE_INEXACT = /[[:,]\s*-?\d(?:[\d.]{15}|[\d.]*[eE])/;

export interface ParsedJson {
  /** As `JSON.parse` gives it. */
  readonly plain: unknown;
  /** The same with an `ExactNumber` wherever a number would be another one; `plain` itself where there is none. */
  readonly exact: unknown;
}

/** Parses a JSON text and loses no number. Costs what `JSON.parse` costs, unless there are such numbers. @throws SyntaxError */
export function parseJson(text: string): ParsedJson {
  const plain: unknown = JSON.parse(text);
  if (!MAYBE_INEXACT.test(text)) return { plain, exact: plain };
  const marked = markInexact(text);
  return { plain, exact: marked === text ? plain : unmark(JSON.parse(marked)) };
}

/** `JSON.stringify`, with every `ExactNumber` as it came. */
export function stringifyJson(value: unknown, indent?: number): string {
  isWriting = true;
  try {
    const text = JSON.stringify(value, undefined, indent);
    return text.includes(MARK) ? text.replace(MARKED, "$1") : text;
  } finally {
    isWriting = false;
  }
}

/** The text with inexact numbers turned into marked strings. It is valid JSON, so a digit outside of strings begins a number. */
function markInexact(text: string): string {
  let marked = "";
  let from = 0;
  const token = /["\d-]/g;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const start = found.index;
    const end = found[0] === '"' ? stringEnd(text, start) : numberEnd(text, start);
    token.lastIndex = end;
    if (found[0] === '"' || isExact(text.slice(start, end))) continue;
    marked += `${text.slice(from, start)}"${MARK}${text.slice(start, end)}"`;
    from = end;
  }
  return marked + text.slice(from);
}

function stringEnd(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) return i + 1;
    if (char === 0x5c) i++;
  }
}

function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && NUMBER_CHARS.has(text[end] as string)) end++;
  return end;
}

const NUMBER_CHARS = new Set("0123456789+-.eE");

/** Does the nearest double, written out, name the same number? */
function isExact(token: string): boolean {
  const value = Number(token);
  return Number.isFinite(value) && decimal(token) === decimal(String(value));
}

/** One spelling for each number: digits without zeros at either end, and the power of ten. */
function decimal(token: string): string {
  const [mantissa = "", exponent = "0"] = token.toLowerCase().replace(/^-/, "").split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  return short === "" ? "0" : `${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}

/** In place: the value was just parsed and has no other owner. */
function unmark(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) value[i] = unmark(value[i]);
  else if (typeof value === "object" && value !== null) {
    const fields = value as Record<string, unknown>;
    for (const key of Object.keys(fields)) fields[key] = unmark(fields[key]);
  }
  return value;
}

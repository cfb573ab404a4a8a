import { parseJson } from "../exact-json.ts";
import type { Answer } from "../types.ts";

export type BodyProblem = NonNullable<Answer["bodyProblem"]>;

const SMALL = 4096;
const BLOCK = 65_536;

/** Collects the pieces of a body. Many small pieces are copied together: a service that sends single bytes must not cost us an object for each. */
export class Pieces {
  #list: Buffer[] = [];
  #block: Buffer | undefined;
  #from = 0;
  #to = 0;

  add(piece: Buffer): void {
    if (this.#list.length < 64 || piece.length >= SMALL) {
      this.#seal();
      this.#list.push(piece);
      return;
    }
    if (this.#block === undefined || this.#to + piece.length > BLOCK) {
      this.#seal();
      this.#block = Buffer.allocUnsafeSlow(BLOCK);
      this.#from = this.#to = 0;
    }
    this.#to += piece.copy(this.#block, this.#to);
  }

  /** Everything so far in one piece. */
  join(): Buffer {
    this.#seal();
    return this.#list.length === 1 ? (this.#list[0] as Buffer) : Buffer.concat(this.#list);
  }

  #seal(): void {
    if (this.#block === undefined || this.#to === this.#from) return;
    this.#list.push(this.#block.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}

/** Up to this size it is cheaper to look at the parsed value; its nesting cannot cost much memory yet. */
const PARSE_FIRST = 262_144;

/**
 * More values than this are not an answer: parsed, a list of empty lists takes twenty times the memory of its text. A full page of
 * opportunities has some 10,000.
 */
const MAX_VALUES = 500_000;

export interface ReadBody {
  readonly body?: unknown;
  /** See `Answer.rounded`. */
  readonly rounded?: unknown;
  readonly problem?: BodyProblem;
}

/** Parses a JSON body that nests at most `maxDepth` levels, with or without a byte order mark. An empty body is `undefined`. */
export function readJson(bytes: Buffer, maxDepth: number): ReadBody {
  if (bytes.length === 0) return { body: undefined };
  if (bytes.length > PARSE_FIRST) {
    const problem = scan(bytes, maxDepth);
    if (problem !== undefined) return { problem };
  }
  try {
    const { plain, exact } = parseJson(withoutMark(bytes).toString("utf8"));
    if (bytes.length <= PARSE_FIRST && isDeeper(plain, maxDepth)) return { problem: "too_deep" };
    return exact === plain ? { body: plain } : { body: exact, rounded: plain };
  } catch {
    // The parser's message quotes the body, which may hold a candidate's data: the problem is all that is told.
    return { problem: "not_json" };
  }
}

/** RFC 8259, section 8.1: a byte order mark does not belong there and may be ignored. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === "object" && inner !== null && isDeeper(inner, levels - 1)) return true;
  }
  return false;
}

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
// `[` and `{`, and `]` and `}`, differ in this one bit; no other byte becomes one of the latter by setting it.
const CURLY = 0x20;

/** What is wrong with a text before it is parsed. Every value but the first follows a comma or an opening bracket. */
function scan(bytes: Buffer, levels: number): BodyProblem | undefined {
  let depth = 0;
  let values = 1;
  let quoted = false;
  const end = bytes.length;
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number;
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if ((byte | CURLY) === 0x7b) {
      if (++depth > levels) return "too_deep";
      values++;
    } else if ((byte | CURLY) === 0x7d) depth--;
    else if (byte === COMMA) values++;
  }
  return values > MAX_VALUES ? "too_large" : undefined;
}

/** JSON media types only; a missing content type is given the benefit of the doubt, the parser decides then. */
export function isJsonType(contentType: string | string[] | undefined): boolean {
  if (contentType === undefined) return true;
  if (typeof contentType !== "string") return false;
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

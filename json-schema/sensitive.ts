import { alternativesOf, type Step, stepInto } from "./describe.ts";
import type { JsonSchema } from "./json-schema.ts";
import { walkSchema } from "./walk.ts";

/** The marks of what lies at a path: its own, and those of all that it lies in. */
export function marksAt(schema: JsonSchema, path: readonly Step[]): ReadonlySet<string> {
  const marks = new Set(marksOf([schema]));
  let at: readonly JsonSchema[] = [schema];
  for (const step of path) {
    at = stepInto(at, step);
    for (const mark of marksOf(at)) marks.add(mark);
  }
  return marks;
}

/** The marks of anything in a value: what may come along where all of it is passed on. */
export function marksWithin(schema: JsonSchema): ReadonlySet<string> {
  return new Set([...walkSchema(schema)].flatMap(({ schema: one }) => marksOf([one])));
}

/** Texts in a value that its schema marks as sensitive (`x-sensitive`), or that lie in what it marks. */
export function sensitiveTextsIn(schema: JsonSchema, value: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  function visit(schemas: readonly JsonSchema[], at: unknown, isWithin: boolean): void {
    const isMarked = isWithin || marksOf(schemas).length > 0;
    if (typeof at === "string" && isMarked) found.add(at);
    if (typeof at !== "object" || at === null) return;
    const parts: (readonly [Step, unknown])[] = Array.isArray(at) ? at.map((part, index) => [index, part]) : Object.entries(at);
    for (const [step, part] of parts) visit(stepInto(schemas, step), part, isMarked);
  }
  visit([schema], value, false);
  return found;
}

/** What stands in place of a value that is not shown. */
export const REDACTED = "[redacted]";

/**
 * A copy of a value for people to see: in place of what its schema marks with one of these, and of text that it does not describe at all, stands
 * `[redacted]`. Numbers, yes or no and null that it does not describe stay.
 */
export function redact(schema: JsonSchema, value: unknown, marks: ReadonlySet<string> = HIDDEN): unknown {
  function visit(schemas: readonly JsonSchema[], at: unknown): unknown {
    if (at === null || at === undefined) return at;
    if (marksOf(schemas).some((mark) => marks.has(mark))) return REDACTED;
    if (typeof at === "string") return schemas.length === 0 ? REDACTED : at;
    if (Array.isArray(at)) return at.map((part, index) => visit(stepInto(schemas, index), part));
    if (typeof at !== "object" || Object.getPrototypeOf(at) !== Object.prototype) return at;
    return Object.fromEntries(Object.entries(at).map(([name, part]) => [name, visit(stepInto(schemas, name), part)]));
  }
  return visit([schema], value);
}

/** Data about people, and secrets. The outcome of a check is what a history is read for. */
const HIDDEN: ReadonlySet<string> = new Set(["pii", "secret"]);

function marksOf(schemas: readonly JsonSchema[]): string[] {
  return schemas.flatMap(alternativesOf).flatMap(({ "x-sensitive": mark }) => (mark === undefined ? [] : [String(mark)]));
}

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

function marksOf(schemas: readonly JsonSchema[]): string[] {
  return schemas.flatMap(alternativesOf).flatMap(({ "x-sensitive": mark }) => (mark === undefined ? [] : [String(mark)]));
}

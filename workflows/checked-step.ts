import { flatten } from "../json-schema/follow.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import type { Step } from "../schemas/types/platform/workflow.ts";
import type { Expression } from "./expression.ts";
import type { Outcome } from "./filters.ts";
import type { Inferred, Remark } from "./infer.ts";
import type { Mapped } from "./mapping.ts";
import type { ParsedStep } from "./parse.ts";

/** A step that is being checked. */
export interface CheckedStep {
  readonly step: Step;
  readonly mapped: ParsedStep["mapped"];
  /** What expressions look at, without an item and with one. */
  readonly scope: JsonSchema;
  readonly itemScope: JsonSchema;
  tell(field: string, remark: Remark): void;
  /** Whether an expression at this place cannot be read. */
  isBroken(field: string): boolean;
  /** What comes out of an expression; undefined where it is broken, which was told. Told once for each place. */
  infer(expression: Expression, field: string, scope: JsonSchema): Inferred;
}

/** What may come of a mapped value; undefined where an expression in it is broken. */
export function outcomeOf(
  mapped: Mapped,
  at: { readonly checked: CheckedStep; readonly scope: JsonSchema },
  field: string,
): Inferred {
  const { checked, scope } = at;
  switch (mapped.kind) {
    case "literal":
      return mapped.value === null
        ? { schemas: [], maybeNothing: true }
        : { schemas: flatten({ const: mapped.value }), maybeNothing: false };
    case "expression":
      return checked.infer(mapped.expression, field, scope);
    case "text":
      return outcomeOfText(mapped, at, field);
    case "list": {
      const entries = mapped.entries.map((entry, place) => outcomeOf(entry, at, `${field}/${place}`));
      if (entries.some((entry) => entry === undefined)) return undefined;
      const found = entries as Outcome[];
      const minItems = found.filter((entry) => !entry.maybeNothing).length;
      return {
        schemas: [{ type: "array", minItems, maxItems: found.length, items: { anyOf: found.flatMap(({ schemas }) => schemas) } }],
        maybeNothing: minItems === 0,
      };
    }
    case "object": {
      const fields = mapped.fields.map(
        ([name, value]) => [name, outcomeOf(value, at, `${field}/${escapePointer(name)}`)] as const,
      );
      if (fields.some(([, value]) => value === undefined)) return undefined;
      const known = fields as readonly (readonly [string, Outcome])[];
      const properties = Object.fromEntries(known.map(([name, { schemas }]) => [name, { anyOf: schemas }]));
      const required = known.filter(([, value]) => !value.maybeNothing).map(([name]) => name);
      return { schemas: [{ type: "object", additionalProperties: false, required, properties }], maybeNothing: false };
    }
  }
}

function outcomeOfText(
  { template }: Extract<Mapped, { kind: "text" }>,
  { checked, scope }: { readonly checked: CheckedStep; readonly scope: JsonSchema },
  field: string,
): Inferred {
  let isFull = template.some((part) => typeof part === "string");
  for (const part of template) {
    if (typeof part === "string") continue;
    const outcome = checked.infer(part, field, scope);
    if (outcome === undefined) return undefined;
    const about = { severity: "doubt" as const, expression: part.source };
    if (outcome.maybeNothing)
      checked.tell(field, {
        ...about,
        code: "maybe_absent",
        message: "There may be no value; the text has a gap then.",
        suggestion: `${part.source} | default: …`,
      });
    if (outcome.schemas.some(({ type }) => type === "array" || type === "object"))
      checked.tell(field, {
        ...about,
        code: "maybe_wrong_type",
        message: "The value is a list or an object; it stands in the text as JSON.",
        suggestion: `${part.source} | join: ", "`,
      });
    isFull ||=
      !outcome.maybeNothing &&
      outcome.schemas.every(({ type, minLength }) => type !== undefined && (type !== "string" || Number(minLength ?? 0) > 0));
  }
  return { schemas: [{ type: "string", ...(isFull && { minLength: 1 }) }], maybeNothing: false };
}

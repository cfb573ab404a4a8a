import type { Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { violations } from "../json-schema/violations.ts";
import type { Recipe } from "../schemas/types/platform/manifest.ts";
import type { Workflow } from "../schemas/types/platform/workflow.ts";

export type { Recipe };

type Inputs = Readonly<Record<string, unknown>>;

/** A recipe that was filled in. */
export interface Filled {
  readonly definition: Workflow;
  /** The input that stands at a place of the definition, or around it. */
  inputAt(pointer: string): string | undefined;
}

/** Where a text of a recipe's workflow holds an input. */
const PLACE = /<<([A-Za-z]\w*)>>/g;
const WHOLE = /^<<([A-Za-z]\w*)>>$/;
/** Expressions of a template, kept apart from the text around them. */
const EXPRESSIONS = /(\{\{.*?\}\})/s;

/**
 * Puts inputs into a recipe's workflow. A text that is nothing but a place becomes the input, its type kept; where the input was not given,
 * the field or entry is left out. Within an expression an input becomes a literal, within other text its text.
 *
 * @returns what is wrong with the inputs, pointers leading into them, where they do not match the recipe's schema
 */
export function fillRecipe({ name, title, summary, inputs: schema, workflow }: Recipe, given: unknown): Filled | Issue[] {
  const issues = violations(schema as JsonSchema, given);
  if (issues.length > 0) return issues;
  const places = new Map<string, string>();
  const filled = fill(workflow, { inputs: { ...defaultsOf(schema as JsonSchema), ...(given as Inputs) }, places }, "");
  return {
    definition: { name, title, description: summary, ...(filled as Pick<Workflow, "trigger" | "steps">) },
    inputAt(pointer) {
      for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
        const input = places.get(at);
        if (input !== undefined) return input;
      }
      return undefined;
    },
  };
}

/** Where an input stands; `within` what, where a text is not it alone. */
export interface Place {
  readonly input: string;
  readonly within: "text" | "expression" | undefined;
}

/** The places of a recipe's workflow, in order. */
export function* placesIn(template: unknown): Generator<Place> {
  if (typeof template === "string") {
    const isWhole = WHOLE.test(template);
    for (const part of template.split(EXPRESSIONS))
      for (const [, input] of part.matchAll(PLACE))
        yield { input: input as string, within: isWhole ? undefined : isExpression(part) ? "expression" : "text" };
  } else if (typeof template === "object" && template !== null) {
    for (const part of Object.values(template)) yield* placesIn(part);
  }
}

function isExpression(part: string): boolean {
  return part.startsWith("{{");
}

interface Filling {
  readonly inputs: Inputs;
  /** By pointer into what is made. */
  readonly places: Map<string, string>;
}

/** Nothing is there: undefined. */
function fill(template: unknown, filling: Filling, pointer: string): unknown {
  if (typeof template === "string") return fillText(template, filling, pointer);
  if (Array.isArray(template)) {
    const made: unknown[] = [];
    for (const entry of template) {
      const value = fill(entry, filling, `${pointer}/${made.length}`);
      if (value !== undefined) made.push(value);
    }
    return made;
  }
  if (typeof template !== "object" || template === null) return template;
  const fields = Object.entries(template).map(
    ([name, part]) => [name, fill(part, filling, `${pointer}/${escapePointer(name)}`)] as const,
  );
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function fillText(text: string, { inputs, places }: Filling, pointer: string): unknown {
  const [first] = placesIn(text);
  if (first === undefined) return text;
  places.set(pointer, first.input);
  if (first.within === undefined) return asLiteral(inputs[first.input]);
  const put = (part: string, write: (value: unknown) => string) => part.replace(PLACE, (_, name: string) => write(inputs[name]));
  return text
    .split(EXPRESSIONS)
    .map((part) => (isExpression(part) ? put(part, toOperand) : put(part, (value) => String(asLiteral(toWords(value))))))
    .join("");
}

/** What a person typed is data: braces in it begin no expression. */
function asLiteral(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\{[{%]/g, (braces) => `{{ "${braces}" }}`);
  return Array.isArray(value) ? value.map(asLiteral) : value;
}

function toWords(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** As an expression writes it. */
function toOperand(value: unknown): string {
  if (typeof value !== "string") return String(value);
  const escaped = value.replaceAll("\\", "\\\\");
  return escaped.includes("'") ? `"${escaped.replaceAll('"', '\\"')}"` : `'${escaped}'`;
}

function defaultsOf({ properties = {} }: JsonSchema): Inputs {
  const fields = Object.entries(properties as Record<string, JsonSchema>).filter(([, field]) => "default" in field);
  return Object.fromEntries(fields.map(([name, field]) => [name, field.default]));
}

import { type Followed, flatten, followPath, mayBeNull } from "../json-schema/follow.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { createBudget } from "./evaluate.ts";
import type { Expression, FilterCall, Operand, Segment } from "./expression.ts";
import {
  applyFilter,
  type FilterDeclaration,
  FilterError,
  faultOfUnit,
  filterOf,
  kindsInWords,
  type Outcome,
} from "./filters.ts";
import { faultOfForm, isZone } from "./format-time.ts";
import { nearest } from "./nearest.ts";
import type { Fault, Finding } from "./types.ts";
import type { Kind } from "./values.ts";

/** What is told about an expression, without where it stands. */
export type Remark = Omit<Fault, "field"> & { readonly severity: Finding["severity"] };

/** What may come out of an expression; undefined where that was told as an error already. */
export type Inferred = Outcome | undefined;

type Tell = (remark: Remark) => void;

/** More values than these are not tried one by one. */
const MOST_VALUES = 50;

const KIND_OF_TYPE: Readonly<Record<string, Kind>> = {
  string: "text",
  integer: "number",
  number: "number",
  boolean: "boolean",
  array: "list",
  object: "object",
};

/** Follows an expression through the schema of what it may look at, and through its filters. */
export function inferExpression({ source, initial, filters }: Expression, scope: JsonSchema, tell: Tell): Inferred {
  const remark: Tell = (one) => tell({ expression: source, ...one });
  let outcome = inferOperand(initial, scope, remark);
  for (const call of filters) {
    if (outcome === undefined) return undefined;
    const args = [...call.args, ...call.named.map(([, value]) => value)].map((arg) => inferOperand(arg, scope, remark));
    if (args.some((arg) => arg === undefined)) return undefined;
    outcome = inferFilter(call, outcome, args as Outcome[], remark);
  }
  return outcome;
}

function inferOperand(operand: Operand, scope: JsonSchema, tell: Tell): Inferred {
  if (operand.kind === "path") return inferPath(operand.path, scope, tell);
  if (operand.value === null) return { schemas: [], maybeNothing: true };
  return { schemas: flatten({ const: operand.value }), maybeNothing: false };
}

function inferPath(path: readonly Segment[], scope: JsonSchema, tell: Tell): Inferred {
  const followed = followPath(scope, path);
  if (followed.lost !== undefined) {
    tell(unknownPath(path, followed.lost));
    return undefined;
  }
  return { schemas: followed.schemas, maybeNothing: followed.maybeNothing };
}

function unknownPath(path: readonly Segment[], { after, names }: NonNullable<Followed["lost"]>): Remark {
  const [before, name] = [path.slice(0, after), path[after]];
  const near = nearest(String(name), names);
  const known = names.length > 0 && names.length <= 12 && near === undefined ? ` There are ${names.join(", ")}.` : "";
  return {
    severity: "error",
    code: "unknown_path",
    message: `There is no ${JSON.stringify(name)} in ${written(before)}.${known}`,
    ...(near !== undefined && { suggestion: written([...before, near, ...path.slice(after + 1)]) }),
  };
}

/** A path as people write it. */
export function written(path: readonly Segment[]): string {
  return path
    .map((segment, at) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[\w-]+$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return at === 0 ? segment : `.${segment}`;
    })
    .join("");
}

function inferFilter(call: FilterCall, input: Outcome, args: readonly Outcome[], tell: Tell): Inferred {
  const filter = filterOf(call.name);
  const ofKind = assertKinds(call.name, input.schemas, filter.input, tell);
  if (ofKind === undefined) return undefined;
  for (const [at, arg] of args.entries()) {
    const parameter = filter.isNamed ? undefined : filter.args[at];
    if (parameter && assertKinds(`${call.name} as ${parameter.name}`, arg.schemas, parameter.kinds, tell) === undefined)
      return undefined;
  }
  if (!remarksOfArguments(call, args, tell)) return undefined;
  const exact = applyToEach(call, { ...input, schemas: ofKind }, args, tell);
  if (exact !== undefined) return exact === "refused" ? undefined : exact;
  if (!remarksOfInput(call, filter, ofKind, args, tell)) return undefined;
  const result = filter.result(ofKind, args);
  const isNothing = !filter.takesNothing && (input.maybeNothing || args.some(({ maybeNothing }) => maybeNothing));
  const withElse = !filter.isNamed || call.named.some(([name]) => name === "else");
  const flats = result.schemas.flatMap(flatten);
  const schemas = flats.filter(({ type }) => type !== "null");
  return { schemas, maybeNothing: isNothing || !withElse || result.maybeNothing || flats.some(mayBeNull) };
}

/** The schemas whose kind a filter takes; undefined where that is none. */
function assertKinds(
  filter: string,
  schemas: readonly JsonSchema[],
  kinds: readonly Kind[],
  tell: Tell,
): JsonSchema[] | undefined {
  const taken = schemas.filter(({ type }) => type === undefined || kinds.includes(KIND_OF_TYPE[String(type)] as Kind));
  const wrong = schemas.find((one) => !taken.includes(one));
  if (wrong !== undefined) {
    const isAll = taken.length === 0;
    const what = kindsInWords([KIND_OF_TYPE[String(wrong.type)] as Kind]);
    const message = `${filter} takes ${kindsInWords(kinds)}; the value ${isAll ? "is" : "may be"} ${what}.`;
    tell({ severity: isAll ? "error" : "doubt", code: isAll ? "wrong_type" : "maybe_wrong_type", message });
    if (isAll) return undefined;
  }
  const isAnyKind = kinds.length === Object.keys(KIND_OF_TYPE).length - 1;
  if (!isAnyKind && taken.some(({ type }) => type === undefined))
    tell({
      severity: "doubt",
      code: "unchecked",
      message: `${filter} takes ${kindsInWords(kinds)}; nothing is known of the value.`,
    });
  return taken;
}

/** Arguments that are looked into before anything runs; false where one is refused. */
function remarksOfArguments({ name, args: operands }: FilterCall, args: readonly Outcome[], tell: Tell): boolean {
  const literals = operands.map((operand) => (operand.kind === "literal" ? operand.value : undefined));
  const refuse = (message: string) => {
    tell({ severity: "error", code: "filter_argument", message });
    return false;
  };
  if (name === "date") {
    const fault = typeof literals[0] === "string" ? faultOfForm(literals[0]) : undefined;
    if (fault !== undefined) return refuse(`date ${fault}.`);
    if (typeof literals[1] === "string" && !isZone(literals[1]))
      return refuse("date does not know the time zone; it takes names such as Europe/Vienna.");
  }
  if (name === "shift") {
    const fault = typeof literals[1] === "string" ? faultOfUnit(literals[1]) : undefined;
    if (fault !== undefined) return refuse(`shift ${fault}.`);
  }
  const isOpen = (at: number) => args[at] !== undefined && typeof literals[at] !== "string";
  if (
    (name === "date" && (isOpen(0) || isOpen(1))) ||
    (name === "shift" && isOpen(1)) ||
    ((name === "map" || name === "where") && isOpen(0))
  )
    tell({
      severity: "doubt",
      code: "unchecked",
      message: `What ${name} is given can be checked only where it is a text in quotes.`,
    });
  if (name === "replace" && literals[0] === "") return refuse("replace has nothing to look for.");
  return true;
}

/** Whether the filter may fail on values of the kinds that it takes; false where it never gives what is meant. */
function remarksOfInput(
  call: FilterCall,
  filter: FilterDeclaration,
  input: readonly JsonSchema[],
  args: readonly Outcome[],
  tell: Tell,
): boolean {
  const schemas = call.name === "plus" || call.name === "minus" ? [...input, ...args.flatMap((arg) => arg.schemas)] : input;
  const reason = schemas
    .filter((one) => !isNumeral(one))
    .flatMap((one) => (filter.doubt as FilterDeclaration["doubt"])?.(one) ?? [])[0];
  if (reason !== undefined) tell({ severity: "doubt", code: "filter_may_fail", message: `${call.name} may fail: ${reason}.` });
  const entries =
    filter.entries &&
    input.flatMap(({ items }) => flatten((items as JsonSchema | undefined) ?? {})).filter(({ type }) => type !== "null");
  if (entries !== undefined && filter.entries !== undefined) assertKinds(`${call.name} of a list`, entries, filter.entries, tell);
  return call.name === "map" || call.name === "where" ? remarkOfField(input, args[0], tell) : true;
}

/** The field that map and where are given must be one of the entries. */
function remarkOfField(input: readonly JsonSchema[], field: Outcome | undefined, tell: Tell): boolean {
  const name = field?.schemas[0]?.const;
  const entries = input.flatMap(({ items }) => (items === undefined ? [] : flatten(items as JsonSchema)));
  if (typeof name !== "string" || entries.length === 0) return true;
  const lost = entries.flatMap((one) => followPath(one, [name]).lost ?? []);
  if (lost.length < entries.length) return true;
  const near = nearest(
    name,
    lost.flatMap(({ names }) => names),
  );
  const message = `The entries of the list have no ${JSON.stringify(name)}.`;
  tell({ severity: "error", code: "unknown_path", message, ...(near !== undefined && { suggestion: near }) });
  return false;
}

function isNumeral({ const: value }: JsonSchema): boolean {
  return typeof value === "number";
}

/** Where every value that may come is known, the filter is tried on each. */
function applyToEach(call: FilterCall, input: Outcome, args: readonly Outcome[], tell: Tell): Outcome | "refused" | undefined {
  const filter = filterOf(call.name);
  const isKnown = input.schemas.length <= MOST_VALUES && input.schemas.every((one) => "const" in one);
  const areArgsKnown = args.every(
    ({ schemas, maybeNothing }) => !maybeNothing && schemas.length === 1 && schemas.every((one) => "const" in one),
  );
  if (!isKnown || !areArgsKnown) return undefined;
  const values = args.map(({ schemas }) => schemas[0]?.const);
  const given = filter.isNamed ? call.named.map(([name], at) => [name, values[at]] as const) : values;
  const inputs = [...input.schemas.map((one) => one.const), ...(input.maybeNothing ? [undefined] : [])];
  const outcomes: unknown[] = [];
  const failures: string[] = [];
  for (const value of inputs) {
    try {
      outcomes.push(applyFilter(call.name, value, given, createBudget().use));
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      failures.push(error.message);
    }
  }
  if (failures.length > 0) {
    const isAll = outcomes.length === 0;
    tell({ severity: isAll ? "error" : "doubt", code: isAll ? "wrong_type" : "filter_may_fail", message: `${failures[0]}.` });
    if (isAll) return "refused";
  }
  remarkOfCases(call, input, tell);
  const found = outcomes.filter((one) => one !== undefined && one !== null);
  return { schemas: [...new Set(found)].flatMap((one) => flatten({ const: one })), maybeNothing: found.length < outcomes.length };
}

/** A case of `choose` that no value has. */
function remarkOfCases({ name, named }: FilterCall, { schemas }: Outcome, tell: Tell): void {
  if (name !== "choose" || schemas.length === 0) return;
  const texts = schemas.map((one) => String(one.const));
  const idle = named.find(([one]) => one !== "else" && !texts.includes(one));
  if (idle === undefined) return;
  const near = nearest(idle[0], texts);
  tell({
    severity: "doubt",
    code: "never_true",
    message: `choose never meets ${JSON.stringify(idle[0])}; the value is ${texts.join(", ")}.`,
    ...(near && { suggestion: near }),
  });
}

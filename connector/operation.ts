import { ConnectorError, type Issue } from "../errors/connector-error.ts";
import { alternativesOf, fieldsOf, typesOf } from "../json-schema/describe.ts";
import { toIssues } from "../json-schema/issues.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import type { SchemaResolver } from "../json-schema/resolve-schema.ts";
import { toPathParts } from "./build-request.ts";
import { findDeviations, missingFrame } from "./check-output.ts";
import { findPageIssues } from "./pages.ts";
import type { CompiledOperation, Input, OperationContext, OperationDeclaration } from "./types.ts";
import { once, type Validators } from "./validator.ts";

export interface CompileOptions {
  readonly name: string;
  readonly connector: OperationContext;
  readonly declaration: OperationDeclaration;
  readonly resolver: SchemaResolver;
  readonly validators: Validators;
}

/** More unknown names or list items than this are refused without looking at each of them. */
const MAX_UNKNOWN = 20;

/**
 * Makes an operation callable. Schemas are resolved and compiled when first needed, and once.
 *
 * Neither check changes what it is given.
 */
export function compileOperation({ name, connector, declaration, resolver, validators }: CompileOptions): CompiledOperation {
  const inputSchema = once(() => resolver.resolve(declaration.input));
  const outputSchema = once(() => resolver.resolve(declaration.output));
  const bounds = once(() => findBounds(inputSchema()));
  const timeFields = once(() => findTimeFields(inputSchema()));
  const validateInput = once(() => validators.input(inputSchema()));
  const validateOutput = once(() => validators.output(resolver.link(declaration.output)));
  const validatePartial = once(() => validators.partialOutput(resolver.link(declaration.output)));

  return {
    name,
    connector,
    declaration,
    effect: declaration.effect ?? "create",
    pathParts: toPathParts(declaration.request.path),
    get inputSchema() {
      return inputSchema();
    },
    get outputSchema() {
      return outputSchema();
    },
    get timeFields() {
      return timeFields();
    },
    checkInput(input: unknown): asserts input is Input {
      refuseOutsized(name, input, bounds());
      const validate = validateInput();
      if (!validate(input)) throw inputInvalid(name, toIssues(validate.errors));
    },
    checkOutput(output, input) {
      const issues = missingFrame(outputSchema(), output);
      if (issues.length > 0) throw outputInvalid(name, issues);
      const answer = output as Record<string, unknown>;
      const ofPage = declaration.paginated ? findPageIssues(connector.pagination, answer) : [];
      return findDeviations(asksForLess(connector, input) ? validatePartial() : validateOutput(), answer, ofPage);
    },
  };
}

function inputInvalid(name: string, issues: readonly Issue[]): ConnectorError {
  return new ConnectorError("input_invalid", `the input does not match the schema of ${name}`, { issues });
}

function outputInvalid(name: string, issues: readonly Issue[]): ConnectorError {
  return new ConnectorError("upstream_invalid_response", `the answer does not match the schema of ${name}`, { issues });
}

/** Does the input name the fields that are wanted? The others are left out by the service although they are required of a full answer. */
function asksForLess({ fieldsInput }: OperationContext, input: Input): boolean {
  const fields = fieldsInput === undefined ? undefined : input[fieldsInput];
  return Array.isArray(fields) ? fields.length > 0 : fields !== undefined;
}

/** Cheap refusals before the full check, which reports every single violation and so would take long over a huge input. */
function refuseOutsized(name: string, input: unknown, { known, closed, maxItems }: Bounds): void {
  if (!isPlainObject(input)) throw inputInvalid(name, [{ pointer: "", keyword: "type", message: "must be object" }]);
  const unknown = Object.keys(input).filter((key) => !known.has(key));
  if (unknown.length > MAX_UNKNOWN && closed) {
    const issues = unknown.slice(0, MAX_UNKNOWN).map((key) => ({
      pointer: `/${escapePointer(key).slice(0, 256)}`,
      keyword: "additionalProperties",
      message: "is not a known property",
    }));
    throw inputInvalid(name, issues);
  }
  for (const [key, limit] of maxItems) {
    const value = input[key];
    if (!Array.isArray(value) || value.length <= limit) continue;
    throw inputInvalid(name, [
      { pointer: `/${escapePointer(key)}`, keyword: "maxItems", message: `must NOT have more than ${limit} items` },
    ]);
  }
}

/** What the cheap refusals ask of a schema. */
interface Bounds {
  readonly known: ReadonlySet<string>;
  readonly closed: boolean;
  readonly maxItems: ReadonlyArray<readonly [key: string, limit: number]>;
}

function findBounds(schema: JsonSchema): Bounds {
  const fields = fieldsOf(schema);
  return {
    known: new Set(fields.map(({ name }) => name)),
    closed: schema.additionalProperties === false,
    maxItems: fields.flatMap(({ name, schema: { maxItems } }) =>
      typeof maxItems === "number" ? [[name, maxItems] as const] : [],
    ),
  };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Fields whose schema takes both milliseconds and RFC 3339 text, in whatever way it says so; of lists, those of their entries. */
function findTimeFields(schema: JsonSchema): ReadonlySet<string> {
  return new Set(fieldsOf(schema).flatMap(({ name, schema: field }) => timesOf(name, field)));
}

function timesOf(path: string, field: JsonSchema): string[] {
  if (takesTime(field)) return [path];
  const items = field.items === undefined ? [] : timesOf(path, field.items as JsonSchema);
  return [...items, ...fieldsOf(field).flatMap(({ name, schema }) => timesOf(`${path}/${name}`, schema))];
}

function takesTime(schema: JsonSchema): boolean {
  const types = typesOf(schema);
  return types.has("integer") && types.has("string") && alternativesOf(schema).some(({ format }) => format === "date-time");
}

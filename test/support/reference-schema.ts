import type { JsonSchema } from "../../json-schema/json-schema.ts";

/** Words without a say in validity, and the keywords understood below: anything else must be taught here before a test may pass. */
const SILENT = ["title", "description", "examples", "default", "deprecated", "$schema", "$id"];
const KNOWN = new Set([
  ...SILENT,
  ...["type", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "pattern", "format"],
  ...["items", "minItems", "maxItems", "uniqueItems"],
  ...["properties", "required", "additionalProperties", "dependentSchemas", "minProperties", "maxProperties"],
  ...["if", "then", "else", "oneOf"],
]);

/** Addresses that random text may be checked against: everything else counts as none. */
export const EMAILS = ["nadia@example.com", "a.b+c@sub.example.org", "x@y.co"];
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Where a value breaks a schema, as JSON pointers: a second, plain reading of the keywords that our schemas use. It shares nothing with
 * ajv, so that the two can disagree.
 *
 * @throws Error on a keyword that it does not know
 */
export function violations(schema: JsonSchema | boolean, value: unknown, at = ""): Set<string> {
  if (schema === true) return new Set();
  if (schema === false) return new Set([at]);
  for (const keyword of Object.keys(schema))
    if (!KNOWN.has(keyword) && !keyword.startsWith("x-")) throw new Error(`the reference does not know ${keyword}`);
  if (schema.oneOf !== undefined) return violationsOfChoice(schema.oneOf as JsonSchema[], value, at);
  const found = new Set<string>();
  if (!isOfType(schema, value) || !isAmong(schema, value)) found.add(at);
  else if (typeof value === "number") addIf(found, at, !isInRange(schema, value));
  else if (typeof value === "string") addIf(found, at, !isText(schema, value));
  else if (Array.isArray(value)) addList(found, schema, value, at);
  else if (typeof value === "object" && value !== null) addObject(found, schema, value as Record<string, unknown>, at);
  return found;
}

/** One alternative is meant by the constant that it holds (`kind`), or else by a field that it requires: what breaks that one is told. */
function violationsOfChoice(choices: readonly JsonSchema[], value: unknown, at: string): Set<string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Set([at]);
  const record = value as Record<string, unknown>;
  const constants = choices.map((choice) =>
    Object.entries((choice.properties ?? {}) as Record<string, JsonSchema>).find(([, field]) => "const" in field),
  );
  const [name] = constants.find((one) => one !== undefined) ?? [];
  const meant = choices.filter((choice, index) => {
    const constant = constants[index];
    if (constant) return Object.hasOwn(record, constant[0]) && record[constant[0]] === constant[1].const;
    return (choice.required as string[]).some((field) => Object.hasOwn(record, field));
  });
  if (meant.length === 1) return violations(meant[0] as JsonSchema, value, at);
  return new Set([name === undefined ? at : `${at}/${token(name)}`]);
}

export function typesOf(schema: JsonSchema): readonly string[] | undefined {
  return schema.type === undefined ? undefined : ([schema.type].flat() as string[]);
}

function isOfType(schema: JsonSchema, value: unknown): boolean {
  const types = typesOf(schema);
  return types === undefined || types.some((type) => isType(type, value));
}

function isType(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function isAmong(schema: JsonSchema, value: unknown): boolean {
  if ("const" in schema && schema.const !== value) return false;
  return schema.enum === undefined || (schema.enum as unknown[]).includes(value);
}

function isInRange({ minimum = -Infinity, maximum = Infinity }: JsonSchema, value: number): boolean {
  return value >= (minimum as number) && value <= (maximum as number);
}

function isText({ minLength = 0, maxLength = Infinity, pattern, format }: JsonSchema, value: string): boolean {
  const { length } = [...value];
  if (length < (minLength as number) || length > (maxLength as number)) return false;
  if (pattern !== undefined && !new RegExp(pattern as string, "u").test(value)) return false;
  if (format === "email") return EMAILS.includes(value);
  if (format === "date-time") return DATE_TIME.test(value) && !Number.isNaN(Date.parse(value));
  if (format !== undefined) throw new Error(`the reference does not know the format ${String(format)}`);
  return true;
}

function addList(found: Set<string>, schema: JsonSchema, value: readonly unknown[], at: string): void {
  const { minItems = 0, maxItems = Infinity, uniqueItems, items = true } = schema;
  addIf(found, at, value.length < (minItems as number) || value.length > (maxItems as number));
  // As ajv does: where the items are plain values, only those of the right type are compared.
  const arePlain = typesOf(items as JsonSchema)?.every((type) => type !== "object" && type !== "array");
  const comparable = value.filter((item) => !arePlain || isOfType(items as JsonSchema, item)).map(sorted);
  addIf(found, at, uniqueItems === true && new Set(comparable).size < comparable.length);
  value.forEach((item, index) => {
    for (const pointer of violations(items as JsonSchema, item, `${at}/${index}`)) found.add(pointer);
  });
}

function addObject(found: Set<string>, schema: JsonSchema, value: Record<string, unknown>, at: string): void {
  const { properties = {}, required = [], additionalProperties = true, dependentSchemas = {} } = schema;
  const { minProperties = 0, maxProperties = Infinity } = schema;
  const known = properties as Record<string, JsonSchema | boolean>;
  const count = Object.keys(value).length;
  const missing = (required as string[]).filter((name) => !Object.hasOwn(value, name));
  for (const name of missing) found.add(`${at}/${token(name)}`);
  // A required field that is missing is what there is too little of.
  const hasTooFew = missing.length === 0 && count < (minProperties as number);
  addIf(found, at, hasTooFew || count > (maxProperties as number));
  for (const [name, item] of Object.entries(value)) {
    const rule = Object.hasOwn(known, name) ? (known[name] as JsonSchema | boolean) : (additionalProperties as boolean);
    for (const pointer of violations(rule, item, `${at}/${token(name)}`)) found.add(pointer);
  }
  for (const [name, dependent] of Object.entries(dependentSchemas as Record<string, JsonSchema>)) {
    if (!Object.hasOwn(value, name)) continue;
    for (const pointer of violations(dependent, value, at)) found.add(pointer);
  }
  if (schema.if === undefined) return;
  const chosen = violations(schema.if as JsonSchema, value).size === 0 ? schema.then : schema.else;
  for (const pointer of violations((chosen ?? true) as JsonSchema, value, at)) found.add(pointer);
}

function addIf(found: Set<string>, pointer: string, broken: boolean): void {
  if (broken) found.add(pointer);
}

function token(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Equal values give equal text, whatever the order of their keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort()) : item,
  );
}

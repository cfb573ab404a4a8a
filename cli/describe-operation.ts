import type { CompiledOperation } from "../connector/types.ts";
import { fieldsOf, variantsOf } from "../json-schema/describe.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { Cli } from "./cli.ts";
import { paint, printJson, printLine } from "./io.ts";
import { columnWidths, type Row, tableLines } from "./table.ts";

/** One operation in `operations list`; `operations describe` adds the schemas. */
export function toSummary({ name, connector, declaration, effect }: CompiledOperation) {
  const { title, description, scopes, paginated = false } = declaration;
  return { name, connector: connector.id, title, description, effect, paginated, scopes };
}

/** Of one connector, or of all. @throws ConnectorError `connector_unknown` */
export async function loadOperations(cli: Cli, connector?: string): Promise<CompiledOperation[]> {
  const connectors = await cli.connectors();
  const wanted = connector === undefined ? connectors.all : [connectors.of(connector)];
  return wanted.flatMap(({ operations }) => [...operations.values()]);
}

/** The operation of this name, or the ids of the connectors that have one. @throws ConnectorError `not_found`, `connector_unknown` */
export async function findOperation(cli: Cli, name: string, connector?: string): Promise<CompiledOperation | string[]> {
  const connectors = await cli.connectors();
  if (connector !== undefined) return connectors.of(connector).operation(name);
  const [only = connectors.builtIn, ...others] = connectors.withOperation(name);
  return others.length === 0 ? only.operation(name) : [only, ...others].map(({ manifest }) => manifest.id);
}

/** Prints what an operation does, which fields it takes and an example. */
export async function describeOperation(cli: Cli, operation: CompiledOperation): Promise<void> {
  const { name, declaration, inputSchema, outputSchema } = operation;
  if (cli.json)
    return printJson(cli.io, {
      ...toSummary(operation),
      performAs: declaration.performAs ?? "none",
      input: inputSchema,
      output: outputSchema,
      examples: declaration.examples ?? [],
    });
  await printLine(cli.io, paint("bold", `${declaration.title} (${name})`));
  await printLine(cli.io, declaration.description);
  await printLine(cli.io, `Effect: ${EFFECTS[operation.effect]}`);
  await printLine(cli.io, `Scopes: ${declaration.scopes.join(", ") || "none"}`);
  await printLine(cli.io);
  await printFields(cli, inputSchema);
  await printLine(cli.io);
  await printLine(cli.io, "Example:");
  await printLine(
    cli.io,
    `  lever-connector operations run ${name} --credential NAME --input '${JSON.stringify(declaration.examples?.[0]?.input ?? {})}'`,
  );
}

/** The fields of an operation as options of `operations run`, for its help: type, whether it is required, what it means. */
export function fieldsHelp({ name, declaration, inputSchema }: CompiledOperation): string {
  const columns = ["field", "type", "required"];
  const rows = optionRows(inputSchema);
  const widths = columnWidths(rows, columns);
  const lines = rows.flatMap((row) => [...tableLines([row], columns, widths), `      ${row.meaning}`]);
  return `Fields of ${name} (${declaration.title}):\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** One row for each field, named as the option that sets it. */
export function optionRows(schema: JsonSchema): Row[] {
  return fieldRows(schema).map((row) => ({ ...row, field: `--${row.field?.replaceAll("_", "-")}` }));
}

/** So many values fit into the type of a field. */
const MOST_SHOWN = 4;

const EFFECTS = {
  read: "reads only",
  repeatable: "writes; doing it twice is the same as once",
  create: "creates; doing it twice makes two",
} as const;

/** Prints a line for each field of an input, and what it means. */
export async function printFields(cli: Cli, schema: JsonSchema): Promise<void> {
  const rows = fieldRows(schema);
  const columns = ["field", "type", "required"];
  const widths = columnWidths(rows, columns);
  for (const row of rows) {
    for (const line of tableLines([row], columns, widths)) await printLine(cli.io, line);
    await printLine(cli.io, paint("dim", `    ${row.meaning}`));
  }
}

/** One row for each field of an input schema. */
function fieldRows(schema: JsonSchema): Row[] {
  return fieldsOf(schema).map(({ name, schema: one, isRequired }) => ({
    field: name,
    type: typeText(one),
    required: isRequired ? "required" : "",
    meaning: [one.description ?? one.title, allowedText(one), defaultText(one), jsonText(one)].filter(Boolean).join(" "),
  }));
}

/** The values that the type does not show already. */
function allowedText({ enum: own, items }: JsonSchema): string {
  const values = (own ?? (items as JsonSchema | undefined)?.enum ?? []) as unknown[];
  return values.length > MOST_SHOWN ? `Allowed: ${values.map(String).join(", ")}.` : "";
}

function defaultText({ default: value }: JsonSchema): string {
  return value === undefined ? "" : `Without it: ${typeof value === "string" ? value : JSON.stringify(value)}.`;
}

/** How a value that is an object, or an entry of a list that is one, is written on the command line. */
function jsonText({ type, items, examples }: JsonSchema): string {
  const [example] = (examples ?? []) as unknown[];
  const value = (items as JsonSchema | undefined)?.type === "object" ? (example as unknown[] | undefined)?.[0] : example;
  return (type === "object" || value !== example) && value !== undefined ? `As JSON: '${JSON.stringify(value)}'` : "";
}

function typeText(schema: JsonSchema): string {
  const values = schema.enum as unknown[] | undefined;
  if (values && values.length <= MOST_SHOWN) return values.map(String).join("|");
  if (schema.items) return `list of ${typeText(schema.items as JsonSchema)}`;
  const branches = variantsOf(schema).map(typeText);
  const own = [schema.type ?? []].flat().map(String);
  return [...new Set([...own, ...branches])].join("|") || "any";
}

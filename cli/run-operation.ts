import { type Command, CommanderError } from "commander";
import type { CompiledOperation } from "../connector/types.ts";
import { isConnectorError } from "../errors/connector-error.ts";
import type { DryRun, ExecuteOptions, Meta } from "../runtime/types.ts";
import { type Cli, openProject } from "./cli.ts";
import { findOperation, optionRows } from "./describe-operation.ts";
import { FieldError } from "./fields.ts";
import { note, printJson, printLine } from "./io.ts";
import { isFields, noteWarnings, printOutput } from "./print-output.ts";
import { printAllPages } from "./print-pages.ts";
import { readInput } from "./read-input.ts";
import { columnWidths, tableLines } from "./table.ts";

export interface RunOptions {
  readonly credential: string;
  readonly input?: string;
  readonly field?: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly idempotencyKey?: string;
  readonly timeout?: number;
}

export interface RunArguments {
  readonly operation: string;
  /** What commander did not know: the operation's fields. */
  readonly words: readonly string[];
  readonly options: RunOptions;
  readonly command: Command;
}

/** Runs an operation as the command line says and prints its output. @throws ConnectorError as `Runtime.execute`; CommanderError for wrong usage */
export async function runOperation(cli: Cli, { operation: name, words, options, command }: RunArguments): Promise<void> {
  if (name.startsWith("-")) command.error("error: name the operation before its fields");
  const operation = await operationOf(cli, name, options, command);
  cli.service = operation.connector.name;
  const input = await inputOf(cli, operation, words, options);
  if (options.all && !operation.declaration.paginated)
    wrongUsage(cli, operation, `--all is for operations that answer in pages; ${name} does not`);
  const { services, access } = await openProject(cli, command);
  const call: ExecuteOptions = {
    access,
    operation: name,
    credential: await services.credentials.idOf(access, options.credential),
    input,
    signal: cli.signal,
    ...(options.idempotencyKey !== undefined && { idempotencyKey: options.idempotencyKey }),
    ...(options.timeout !== undefined && { timeoutMs: options.timeout * 1000 }),
  };
  const { runtime } = services;
  if (options.dryRun) return printDryRun(cli, await runtime.dryRun(call));
  if (options.all) return printAllPages(cli, runtime.pages(call), operation.connector);
  const { output, meta } = await runtime.execute(call);
  if (cli.json) return printJson(cli.io, { output, meta });
  await printOutput(cli, output, operation);
  if (meta.changed) note(cli.io, changedText(meta.changed, input, output));
  noteWarnings(cli, meta.schemaWarnings, operation.connector.name);
  const replayed = meta.replayed ? ", recorded answer of an earlier call" : "";
  const readBack = meta.readBack && !meta.readBack.ok ? ", the record could not be read back" : "";
  note(
    cli.io,
    `${meta.attempts} attempt${meta.attempts === 1 ? "" : "s"}, ${Math.round(meta.durationMs)} ms, ${meta.budget.remaining} calls left in the budget${replayed}${readBack}`,
  );
}

/** Where several connectors have an operation of this name, the credential tells which is meant; where none has, whether its connector is gone. */
async function operationOf(cli: Cli, name: string, { credential }: RunOptions, command: Command): Promise<CompiledOperation> {
  const ofCredential = async () => {
    const { services, access } = await openProject(cli, command);
    const { connector } = await services.credentials.resolve(access, credential);
    return services.connectors.of(connector);
  };
  try {
    const found = await findOperation(cli, name);
    return Array.isArray(found) ? (await ofCredential()).operation(name) : found;
  } catch (error) {
    const gone = await ofCredential().catch((other: unknown) => other);
    throw isConnectorError(gone, "connector_unknown") ? gone : error;
  }
}

/** `tags: added: Verified; already there: Relocation`. What was asked for and did not change is told by whether the record has it now. */
function changedText({ field, added, removed }: NonNullable<Meta["changed"]>, input: unknown, output: unknown): string {
  const asked = textsOf(input, field);
  const now = textsOf(isFields(output) ? output.data : undefined, field);
  const same = asked.filter((value) => !added.includes(value) && !removed.includes(value));
  const parts: [readonly string[], string][] = [
    [added, "added"],
    [removed, "removed"],
    [same.filter((value) => now.includes(value)), "already there"],
    [same.filter((value) => !now.includes(value)), "not there"],
  ];
  const told = parts.flatMap(([values, what]) => (values.length === 0 ? [] : `${what}: ${values.join(", ")}`));
  return `${field}: ${added.length + removed.length === 0 ? "nothing changed; " : ""}${told.join("; ")}`;
}

function textsOf(record: unknown, field: string): readonly string[] {
  const values = isFields(record) ? record[field] : undefined;
  return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
}

async function inputOf(cli: Cli, operation: CompiledOperation, words: readonly string[], options: RunOptions): Promise<unknown> {
  try {
    return await readInput(cli.io, { input: options.input, pairs: options.field, words }, operation.inputSchema);
  } catch (error) {
    if (error instanceof FieldError) return wrongUsage(cli, operation, error.message);
    throw error;
  }
}

/** Commander's help knows the options of `run`; here the fields of the operation are what was got wrong. */
function wrongUsage(cli: Cli, operation: CompiledOperation, message: string): never {
  const columns = ["field", "type", "required"];
  const rows = optionRows(operation.inputSchema);
  note(cli.io, `error: ${message}`);
  note(cli.io, "");
  note(cli.io, `Usage: lever-connector operations run ${operation.name} --credential <credential> [fields] [options]`);
  note(cli.io, "");
  note(cli.io, "Fields:");
  for (const line of tableLines(rows, columns, columnWidths(rows, columns))) note(cli.io, `  ${line}`);
  note(cli.io, "");
  note(cli.io, "Options: lever-connector operations run --help");
  throw new CommanderError(2, "lever-connector.field", message);
}

async function printDryRun(cli: Cli, request: DryRun): Promise<void> {
  if (cli.json) return printJson(cli.io, request);
  await printLine(cli.io, `${request.method} ${request.url}`);
  for (const [name, value] of Object.entries(request.headers)) await printLine(cli.io, `${name}: ${value}`);
  if (request.body !== undefined) {
    await printLine(cli.io);
    await printJson(cli.io, request.body);
  }
  note(cli.io, `Nothing was sent. It would be signed with "${request.credential.nickname}" (${request.credential.environment}).`);
}

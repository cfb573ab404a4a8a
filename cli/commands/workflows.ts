import { Command } from "commander";
import { ConnectorError, isConnectorError } from "../../errors/connector-error.ts";
import type { SavedWorkflow, WorkflowCheck, WorkflowSummary } from "../../schemas/types/index.ts";
import type { Access } from "../../store/access.ts";
import { allPages } from "../../store/find-page.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { note, printJson, printLine, printTable } from "../io.ts";
import { collect, wholeNumber } from "../options.ts";
import { printDryRun } from "../print-dry-run.ts";
import { printRun, runExitCode } from "../print-run.ts";
import { readInputOf } from "../read-input.ts";
import type { Services } from "../services.ts";
import { toText } from "../table.ts";
import { readWorkflowFiles, type WorkflowFile } from "../workflow-files.ts";
import { recipesCommand } from "./recipes.ts";

export function workflowsCommand(cli: Cli): Command {
  return new Command("workflows")
    .description("what runs by itself: definitions, kept as files or in the editor")
    .addCommand(listCommand(cli))
    .addCommand(getCommand(cli))
    .addCommand(applyCommand(cli))
    .addCommand(diffCommand(cli))
    .addCommand(checkCommand(cli))
    .addCommand(previewCommand(cli))
    .addCommand(publishCommand(cli))
    .addCommand(pauseCommand(cli))
    .addCommand(resumeCommand(cli))
    .addCommand(runCommand(cli))
    .addCommand(recipesCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the project's workflows")
    .option(...JSON_OPTION)
    .action(async (_options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const data = await all(services, access);
      if (cli.json) return printJson(cli.io, { data });
      if (data.length === 0) return note(cli.io, "No workflows yet: lever-connector workflows apply -f FILE");
      const rows = data.map(({ name, title, status, published, hasChanges, trigger, id }) => {
        return { name, title, status, published: toText(published), draft: hasChanges ? "changed" : "", trigger, id };
      });
      await printTable(cli.io, rows, ["name", "title", "status", "published", "draft", "trigger", "id"]);
    });
}

function getCommand(cli: Cli): Command {
  return new Command("get")
    .description("print a workflow's definition, as a file of it would hold it")
    .argument("<workflow>", "its name or id")
    .option("--published", "what is published, in place of the draft")
    .option("--json", "print it with what is known of it beside, in the shape of the HTTP API")
    .action(async (name: string, { published }: { published?: boolean }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const saved = await find(services, access, name);
      if (published) return printJson(cli.io, (await services.workflows.toStart(access, saved.id)).definition);
      return printJson(cli.io, cli.json ? saved : saved.definition);
    });
}

interface ApplyOptions {
  readonly file: readonly string[];
  readonly prune?: boolean;
  readonly publish?: boolean;
  readonly dryRun?: boolean;
}

/** What becomes of one workflow. */
interface Applied {
  readonly name: string;
  readonly change: "created" | "changed" | "unchanged" | "removed";
  readonly published?: number | null;
}

function applyCommand(cli: Cli): Command {
  return new Command("apply")
    .description("make the project's workflows as files say; applied again, it changes nothing")
    .requiredOption("-f, --file <path>", "a file, or a folder of .json files; repeatable", collect)
    .option("--publish", "also publish what differs from what is published")
    .option("--prune", "remove workflows that no file holds")
    .option("--dry-run", "change nothing, and tell what would be done")
    .option(...JSON_OPTION)
    .action(async ({ file, prune, publish, dryRun }: ApplyOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const files = await readWorkflowFiles(file);
      const before = await all(services, access);
      // All of them first: a folder with one wrong file changes nothing.
      for (const one of files) await assertUsable(services, access, one, publish === true);
      const applied: Applied[] = [];
      for (const one of files)
        applied.push(await apply(services, access, one, { publish: publish === true, dryRun: dryRun === true }));
      const names = new Set(files.map(({ definition }) => definition.name));
      for (const { id, name } of prune ? before.filter((one) => !names.has(one.name)) : []) {
        if (!dryRun) await services.workflows.remove(access, id);
        applied.push({ name, change: "removed" });
      }
      if (cli.json) return printJson(cli.io, { data: applied });
      for (const { name, change, published } of applied)
        await printLine(cli.io, `${change.padEnd(9)}  ${name}${published == null ? "" : `, published as version ${published}`}`);
      if (dryRun) note(cli.io, "Nothing was changed.");
    });
}

/** @throws ConnectorError naming the file */
async function assertUsable(
  services: Services,
  access: Access,
  { path, definition }: WorkflowFile,
  publish: boolean,
): Promise<void> {
  try {
    const { ok, findings } = await services.workflows.check(access, definition);
    const [first] = findings;
    if (ok || !publish || first === undefined) return;
    throw new ConnectorError("workflow_invalid", `${first.step ?? "the workflow"}: ${first.message}`, { findings });
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    throw new ConnectorError(error.code, `${path}: ${error.message}`, error.details, { cause: error });
  }
}

async function apply(
  services: Services,
  access: Access,
  { definition }: WorkflowFile,
  { publish, dryRun }: Pick<ApplyOptions, "publish" | "dryRun">,
): Promise<Applied> {
  const { workflows } = services;
  const { name } = definition;
  const before = (await exists(services, access, name)) ? await find(services, access, name) : undefined;
  const isSame = before !== undefined && JSON.stringify(before.definition) === JSON.stringify(definition);
  const change = before === undefined ? "created" : isSame ? "unchanged" : "changed";
  const isToPublish = publish === true && (!isSame || before.hasChanges);
  if (dryRun) return { name, change };
  const saved =
    before === undefined ? await workflows.create(access, definition) : await workflows.replace(access, before.id, definition);
  const published = isToPublish ? (await workflows.publish(access, saved.id)).version : undefined;
  return { name, change, ...(published !== undefined && { published }) };
}

function diffCommand(cli: Cli): Command {
  return new Command("diff")
    .description("show what differs between what is published and a draft, a file or another version")
    .argument("<workflow>", "its name or id")
    .option("--from <version>", "the earlier one; what is published by default", wholeNumber("version", 1, 999_999))
    .option("--to <version>", "the later one; the draft by default", wholeNumber("version", 1, 999_999))
    .option(...JSON_OPTION)
    .action(async (name: string, { from, to = null }: { from?: number; to?: number | null }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { id, published } = await find(services, access, name);
      const diff = await services.workflows.diff(access, id, { from: from ?? published, to });
      if (cli.json) return printJson(cli.io, diff);
      if (diff.lines.length === 0) return note(cli.io, "Nothing differs.");
      for (const line of diff.lines) await printLine(cli.io, line);
    });
}

function checkCommand(cli: Cli): Command {
  return new Command("check")
    .description("check workflows, or files before they are applied; ends with exit code 3 where there are errors")
    .argument("[workflow]", "its name or id")
    .option("-f, --file <path>", "a file, or a folder of .json files; repeatable", collect)
    .option(...JSON_OPTION)
    .action(async (name: string | undefined, { file = [] }: { file?: readonly string[] }, command: Command) => {
      if ((name === undefined) === (file.length === 0)) command.error("error: name a workflow, or files by --file");
      const { services, access } = await openProject(cli, command);
      const definitions =
        name === undefined
          ? (await readWorkflowFiles(file)).map(({ definition }) => definition)
          : [(await find(services, access, name)).definition];
      const checks: ({ name: string } & WorkflowCheck)[] = [];
      for (const definition of definitions)
        checks.push({ name: definition.name, ...(await services.workflows.check(access, definition)) });
      if (checks.some(({ ok }) => !ok)) cli.exitCode = exitCodeOf("workflow_invalid");
      if (cli.json) return printJson(cli.io, { data: checks });
      for (const { name: checked, ok, findings } of checks) {
        await printLine(cli.io, `${checked}: ${ok ? "no errors" : "errors"}`);
        for (const { severity, step, field, message, suggestion } of findings)
          await printLine(
            cli.io,
            `  ${severity}  ${step ?? "workflow"}${field}  ${message}${suggestion ? ` (${suggestion})` : ""}`,
          );
      }
    });
}

function previewCommand(cli: Cli): Command {
  return new Command("preview")
    .description("show what a step would be given, by the data of the last run or by examples")
    .argument("<workflow>", "its name or id")
    .argument("<step>", "id of the step")
    .option(...JSON_OPTION)
    .action(async (name: string, step: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const preview = await services.previews.step(access, await services.workflows.idOf(access, name), { step });
      if (cli.json) return printJson(cli.io, preview);
      const rows = preview.fields.map(({ field, type, value, from, problem }) => ({
        field,
        value: problem?.message ?? (type === "nothing" ? "nothing" : JSON.stringify(value)),
        from: from.map(({ path, source }) => `${path} (${SOURCES[source]})`).join(", "),
      }));
      await printTable(cli.io, rows, ["field", "value", "from"]);
      note(cli.io, preview.run === null ? "There is no run yet: all is examples." : `With the data of ${preview.run}.`);
    });
}

const SOURCES = { run: "run", redacted: "hidden in the run, an example", sample: "example" } as const;

function publishCommand(cli: Cli): Command {
  return new Command("publish")
    .description("freeze the draft as the next version, with which runs are started from now on")
    .argument("<workflow>", "its name or id")
    .option(...JSON_OPTION)
    .action(async (name: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const version = await services.workflows.publish(access, await services.workflows.idOf(access, name));
      if (cli.json) return printJson(cli.io, version);
      note(cli.io, `Published as version ${version.version}.`);
    });
}

function pauseCommand(cli: Cli): Command {
  return new Command("pause")
    .description("start no more runs; those that have begun continue")
    .argument("<workflow>", "its name or id")
    .option(...JSON_OPTION)
    .action(async (name: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      await tellStatus(cli, await services.workflows.pause(access, await services.workflows.idOf(access, name)));
    });
}

function resumeCommand(cli: Cli): Command {
  return new Command("resume")
    .description("end the pause of a workflow")
    .argument("<workflow>", "its name or id")
    .option(...JSON_OPTION)
    .action(async (name: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      await tellStatus(cli, await services.workflows.resume(access, await services.workflows.idOf(access, name)));
    });
}

async function tellStatus(cli: Cli, saved: SavedWorkflow): Promise<void> {
  if (cli.json) return printJson(cli.io, saved);
  note(cli.io, `"${saved.name}" is ${saved.status}.`);
}

interface RunOptions {
  readonly input?: string;
  readonly field?: readonly string[];
  readonly owner?: string;
  readonly key?: string;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly items?: number;
}

const WAIT_MS = 24 * 3_600_000;

function runCommand(cli: Cli): Command {
  return new Command("run")
    .description("start a run of what is published")
    .argument("<workflow>", "its name or id")
    .option("--input <json>", "the run's input: JSON, @file or - for stdin")
    .option("--field <name=value>", "one field of the input; repeatable", collect)
    .option("--owner <user>", "the user on whose behalf it runs")
    .option("--idempotency-key <key>", "the same key names the same run, ever")
    .option("--dry-run", "try the draft: read what it reads, send nothing that changes anything, and show what would happen")
    .option("--items <count>", "with --dry-run: how many items of a repeated step are looked at", wholeNumber("items", 1, 100))
    .option("--wait", "work on it here, and wait until it has ended or needs a person")
    .option(...JSON_OPTION)
    .action(async (name: string, options: RunOptions & { idempotencyKey?: string }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { workflows, runs } = services;
      const workflow = await workflows.idOf(access, name);
      const { definition } = options.dryRun ? await workflows.get(access, workflow) : await workflows.toStart(access, workflow);
      const { trigger } = definition;
      const schema = trigger.type === "api" ? trigger.input : undefined;
      const given = { input: options.input, pairs: options.field, words: [] };
      const isGiven = options.input !== undefined || options.field !== undefined;
      const input = isGiven ? await readInputOf(command, cli.io, given, schema ?? {}) : schema === undefined ? undefined : {};
      if (options.dryRun) {
        const { owner, items } = options;
        const given = { definition, input, ...(owner !== undefined && { owner }), ...(items !== undefined && { items }) };
        return printDryRun(cli, await services.dryRuns.run(access, given, cli.signal));
      }
      const { id } = await runs.start(access, workflow, { input, owner: options.owner, key: options.idempotencyKey });
      if (!options.wait) return cli.json ? printJson(cli.io, await runs.get(access, id)) : printLine(cli.io, id);
      services.engine.work();
      const run = await runs.settled(access, id, { withinMs: WAIT_MS, signal: cli.signal });
      cli.exitCode = runExitCode(run);
      await printRun(cli, run);
    });
}

function all({ workflows }: Services, access: Access): Promise<WorkflowSummary[]> {
  return allPages((page) => workflows.list(access, page));
}

async function find({ workflows }: Services, access: Access, name: string): Promise<SavedWorkflow> {
  return workflows.get(access, await workflows.idOf(access, name));
}

async function exists({ workflows }: Services, access: Access, name: string): Promise<boolean> {
  try {
    await workflows.idOf(access, name);
    return true;
  } catch (error) {
    if (isConnectorError(error, "not_found")) return false;
    throw error;
  }
}

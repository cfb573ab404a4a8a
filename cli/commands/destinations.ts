import { Command, InvalidArgumentError, Option } from "commander";
import type { WithSecret } from "../../destinations/destination-records.ts";
import type { Destination, DestinationChange } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { confirmName } from "../confirm-name.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { note, printJson, printLine, printTable } from "../io.ts";
import { keptSeconds } from "../options.ts";
import { toText } from "../table.ts";

export function destinationsCommand(cli: Cli): Command {
  return new Command("destinations")
    .description("systems of your own that signed messages are sent to")
    .addCommand(listCommand(cli))
    .addCommand(addCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(testCommand(cli))
    .addCommand(changeCommand(cli))
    .addCommand(rotateCommand(cli))
    .addCommand(removeCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the project's destinations")
    .option(...JSON_OPTION)
    .action(async (_options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const data: Destination[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await services.destinations.list(access, { cursor });
        data.push(...page.data);
        cursor = page.next;
        if (cursor === undefined) break;
      }
      if (cli.json) return printJson(cli.io, { data });
      if (data.length === 0) return note(cli.io, "No destinations yet: lever-connector destinations add --name … --url …");
      await printTable(
        cli.io,
        data.map(({ name, url, paused, lastTest, id }) => {
          return { name, url, paused: paused?.reason ?? "", lastTest: lastTest?.code ?? "", id };
        }),
        ["name", "url", "paused", "lastTest", "id"],
      );
    });
}

function addCommand(cli: Cli): Command {
  return new Command("add")
    .description("create a destination; its signing secret is shown once and cannot be shown again")
    .requiredOption("--name <name>", "what people call it")
    .requiredOption("--url <url>", "where messages are posted to: https, at a public address")
    .addOption(EVENTS)
    .option(...JSON_OPTION)
    .action(async ({ name, url, events }: { name: string; url: string; events?: Destination["events"] }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const created = await services.destinations.create(access, { name, url, ...(events && { events }) });
      await tellSecret(cli, created, `${created.destination.id} is created.`);
    });
}

/** Each that there is: the types hold the list to the schema. */
const IS_EVENT: Readonly<Record<Destination["events"][number], true>> = {
  "credential.reauth_required": true,
  "run.failed": true,
  "run.needs_attention": true,
  "approval.waiting": true,
  "delivery.dead": true,
};
const EVENT_TYPES = Object.keys(IS_EVENT) as Destination["events"][number][];

const EVENTS = new Option(
  "--events <list>",
  `product events that it is told of, separated by commas, or none: ${EVENT_TYPES.join(", ")}`,
).argParser(toEvents);

const DELIVERIES_SHOWN = 10;

function showCommand(cli: Cli): Command {
  return new Command("show")
    .description("show a destination, and what was sent to it lately")
    .argument("<destination>", "id or name")
    .option(...JSON_OPTION)
    .action(async (name: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const destination = await services.destinations.resolve(access, name);
      const { data } = await services.destinations.deliveries(access, destination.id, { limit: DELIVERIES_SHOWN });
      if (cli.json) return printJson(cli.io, { ...destination, deliveries: data });
      const { paused, lastTest } = destination;
      const facts: Record<string, string> = {
        name: destination.name,
        url: destination.url,
        id: destination.id,
        events: destination.events.join(", ") || "none",
        paused: paused ? `${paused.message} (${paused.at})` : "no",
        "last test": lastTest ? `${lastTest.message} (${lastTest.at})` : "none",
      };
      for (const [fact, value] of Object.entries(facts)) await printLine(cli.io, `${fact.padEnd(10)} ${value}`);
      if (data.length === 0) return note(cli.io, "Nothing was sent to it yet.");
      await printTable(
        cli.io,
        data.map((one) => ({
          created: one.createdAt,
          state: one.state,
          verdict: one.attempts.at(-1)?.message ?? toText(one.code),
          attempts: String(one.attemptCount),
          key: one.key,
        })),
        ["created", "state", "verdict", "attempts", "key"],
      );
    });
}

function testCommand(cli: Cli): Command {
  return new Command("test")
    .description("send a signed test message, once, and tell what happened")
    .argument("<destination>", "id or name")
    .option(...JSON_OPTION)
    .action(async (name: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { id } = await services.destinations.resolve(access, name);
      const found = await services.destinations.test(access, id, { signal: cli.signal });
      if (!found.accepted) cli.exitCode = exitCodeOf(found.code === "egress_denied" ? "egress_denied" : "delivery_failed");
      if (cli.json) return printJson(cli.io, found);
      await printLine(
        cli.io,
        `${found.accepted ? "accepted" : `not accepted (${found.code})`}: ${found.message}, ${found.durationMs} ms`,
      );
    });
}

interface ChangeOptions {
  readonly name?: string;
  readonly url?: string;
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly events?: Destination["events"];
}

function changeCommand(cli: Cli): Command {
  return new Command("change")
    .description("change name or address; pause it, or resume it")
    .argument("<destination>", "id or name")
    .option("--name <name>", "the new name")
    .option("--url <url>", "the new address")
    .option("--pause", "send nothing until it is resumed")
    .option("--resume", "send again, and what waits at once")
    .addOption(EVENTS)
    .option(...JSON_OPTION)
    .action(async (which: string, { name, url, pause, resume, events }: ChangeOptions, command: Command) => {
      if (pause && resume) command.error("error: --pause and --resume exclude each other");
      const change: DestinationChange = {
        ...(name !== undefined && { name }),
        ...(url !== undefined && { url }),
        ...(events !== undefined && { events }),
        ...((pause || resume) && { paused: pause === true }),
      };
      if (Object.keys(change).length === 0)
        command.error("error: nothing to change: give --name, --url, --events, --pause or --resume");
      const { services, access } = await openProject(cli, command);
      const { id } = await services.destinations.resolve(access, which);
      const changed = await services.destinations.update(access, id, change);
      if (cli.json) return printJson(cli.io, changed);
      note(cli.io, `"${changed.name}" sends to ${changed.url}${changed.paused ? "; it is paused" : ""}.`);
    });
}

function rotateCommand(cli: Cli): Command {
  return new Command("rotate")
    .description(
      "create a new signing secret; the old one signs as well for a day, so that the receiver can be changed meanwhile",
    )
    .argument("<destination>", "id or name")
    .option("--keep <seconds>", "for how long the old secret signs as well; 0 ends it at once", keptSeconds)
    .option(...JSON_OPTION)
    .action(async (name: string, { keep }: { keep?: number }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { id } = await services.destinations.resolve(access, name);
      const rotated = await services.destinations.rotate(access, id, keep === undefined ? {} : { keepSeconds: keep });
      const { previousSecretUntil: until } = rotated.destination;
      await tellSecret(
        cli,
        rotated,
        until ? `The secret before signs as well until ${until}.` : "The secret before signs no more.",
      );
    });
}

function removeCommand(cli: Cli): Command {
  return new Command("remove")
    .description("delete a destination and its secret at once; asks for the name unless --yes is given")
    .argument("<destination>", "id or name")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what was removed as JSON")
    .action(async (which: string, options: { yes?: boolean }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const found = await services.destinations.resolve(access, which);
      if (!options.yes) {
        const uses = await services.workflows.using(access, { kind: "destination", id: found.id, name: found.name });
        if (uses.length > 0) note(cli.io, `Workflows that use it: ${uses.map(({ name }) => name).join(", ")}`);
        await confirmName(cli, { what: "name", name: found.name }, command);
      }
      await services.destinations.remove(access, found.id);
      if (cli.json) return printJson(cli.io, found);
      note(cli.io, `"${found.name}" (${found.id}) is removed. What still waits for it fails.`);
    });
}

/** Its creator has to get it, and it is never shown again. */
async function tellSecret(cli: Cli, { destination, secret }: WithSecret, done: string): Promise<void> {
  if (cli.json) return printJson(cli.io, { ...destination, secret: reveal(secret) });
  await printLine(cli.io, reveal(secret));
  note(cli.io, `${done} The secret is not shown again; the receiver verifies messages with it (docs/destinations.md).`);
}

function toEvents(text: string): Destination["events"] {
  const wanted = text === "none" ? [] : text.split(",").map((one) => one.trim());
  const unknown = wanted.find((one) => !Object.hasOwn(IS_EVENT, one));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of the events.`);
  return EVENT_TYPES.filter((type) => wanted.includes(type));
}

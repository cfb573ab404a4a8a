import { Command, InvalidArgumentError } from "commander";
import type { Endpoint, EndpointChange } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import { allPages } from "../../store/find-page.ts";
import type { WithSecret } from "../../triggers/endpoint-records.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { confirmName } from "../confirm-name.ts";
import { note, printJson, printLine, printTable } from "../io.ts";
import { keptSeconds } from "../options.ts";
import { askSecret as askForSecret, readSecretFromStdin } from "../prompt.ts";
import { deliveryRows } from "./deliveries.ts";

export function endpointsCommand(cli: Cli): Command {
  return new Command("endpoints")
    .description("addresses of this server that others deliver signed events to")
    .addCommand(listCommand(cli))
    .addCommand(presetsCommand(cli))
    .addCommand(addCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(changeCommand(cli))
    .addCommand(rotateCommand(cli))
    .addCommand(removeCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the project's endpoints")
    .option(...JSON_OPTION)
    .action(async (_options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const data = await allPages((page) => services.triggers.endpoints.list(access, page));
      if (cli.json) return printJson(cli.io, { data });
      if (data.length === 0) return note(cli.io, "No endpoints yet: lever-connector endpoints add --name … --preset …");
      await printTable(
        cli.io,
        data.map((one) => ({ name: one.name, preset: one.preset, state: stateOf(one), url: one.url })),
        ["name", "preset", "state", "url"],
      );
    });
}

function presetsCommand(cli: Cli): Command {
  return new Command("presets")
    .description("list the senders that endpoints know; with an id, how to set one up")
    .argument("[preset]", "its id")
    .option(...JSON_OPTION)
    .action(async (wanted: string | undefined, _options: object, command: Command) => {
      const { services } = await openProject(cli, command);
      const data = services.triggers.presets();
      if (wanted === undefined) {
        if (cli.json) return printJson(cli.io, { data });
        const rows = data.map(({ id, title, docs }) => ({ id, title, docs: docs ?? "" }));
        await printTable(cli.io, rows, ["id", "title", "docs"]);
        return undefined;
      }
      const found = data.find(({ id }) => id === wanted);
      if (found === undefined) return command.error(`error: there is no preset ${JSON.stringify(wanted)}`);
      if (cli.json) return printJson(cli.io, found);
      for (const [at, step] of found.setup.entries()) await printLine(cli.io, `${at + 1}. ${step}`);
      for (const one of found.notes) await printLine(cli.io, `- ${one}`);
      return undefined;
    });
}

interface SecretOptions {
  readonly set?: Record<string, string>;
  readonly askSecret?: boolean;
  readonly secretStdin?: boolean;
}

function addCommand(cli: Cli): Command {
  return new Command("add")
    .description("create an endpoint; a secret that is created for its sender is shown once and cannot be shown again")
    .requiredOption("--name <name>", "what people call it")
    .requiredOption("--preset <preset>", "who delivers to it: lever-connector endpoints presets")
    .option("--ask-secret", "ask for the secret that the sender has shown")
    .option("--secret-stdin", "read that secret from stdin")
    .option("--set <name=value>", "a setting of the preset that is no secret; may be repeated", collect)
    .option(...JSON_OPTION)
    .action(async ({ name, preset, ...given }: { name: string; preset: string } & SecretOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const settings = await settingsOf(cli, given);
      const created = await services.triggers.endpoints.create(access, { name, preset, ...(settings && { settings }) });
      await tell(cli, created, `${created.endpoint.id} is created.`);
    });
}

const DELIVERIES_SHOWN = 10;

function showCommand(cli: Cli): Command {
  return new Command("show")
    .description("show an endpoint, and what was delivered to it lately")
    .argument("<endpoint>", "id or name")
    .option(...JSON_OPTION)
    .action(async (name: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { endpoints, deliveries } = services.triggers;
      const endpoint = await endpoints.resolve(access, name);
      const { data } = await deliveries.list(access, { endpoint: endpoint.id, limit: DELIVERIES_SHOWN });
      if (cli.json) return printJson(cli.io, { ...endpoint, deliveries: data });
      const { refused } = endpoint;
      const facts: Record<string, string> = {
        name: endpoint.name,
        url: endpoint.url,
        id: endpoint.id,
        preset: endpoint.preset,
        state: stateOf(endpoint),
        refused: refused.count === 0 ? "none" : `${refused.count}, last ${refused.lastAt}`,
      };
      for (const [fact, value] of Object.entries(facts)) await printLine(cli.io, `${fact.padEnd(8)} ${value}`);
      if (data.length === 0) return note(cli.io, "Nothing was delivered to it yet.");
      await printTable(cli.io, ...deliveryRows(data));
    });
}

interface ChangeOptions extends SecretOptions {
  readonly name?: string;
  readonly pause?: boolean;
  readonly resume?: boolean;
}

function changeCommand(cli: Cli): Command {
  return new Command("change")
    .description("change name or settings; pause it, or resume it")
    .argument("<endpoint>", "id or name")
    .option("--name <name>", "the new name")
    .option("--ask-secret", "ask for the secret that the sender has shown; the one before is not accepted any more")
    .option("--secret-stdin", "read that secret from stdin")
    .option("--set <name=value>", "a setting of the preset that is no secret; may be repeated", collect)
    .option("--pause", "accept nothing until it is resumed")
    .option("--resume", "accept deliveries again")
    .option(...JSON_OPTION)
    .action(async (which: string, { name, pause, resume, ...given }: ChangeOptions, command: Command) => {
      if (pause && resume) command.error("error: --pause and --resume exclude each other");
      const { services, access } = await openProject(cli, command);
      const { endpoints } = services.triggers;
      const { id } = await endpoints.resolve(access, which);
      const settings = await settingsOf(cli, given);
      const change: EndpointChange = {
        ...(name !== undefined && { name }),
        ...(settings && { settings }),
        ...((pause || resume) && { paused: pause === true }),
      };
      if (Object.keys(change).length === 0)
        command.error("error: nothing to change: give --name, --ask-secret, --set, --pause or --resume");
      const changed = await endpoints.update(access, id, change);
      if (cli.json) return printJson(cli.io, changed);
      note(cli.io, `"${changed.name}": ${stateOf(changed)}.`);
    });
}

function rotateCommand(cli: Cli): Command {
  return new Command("rotate")
    .description("replace the secret; the one before is accepted as well for a day, so that the sender can be changed meanwhile")
    .argument("<endpoint>", "id or name")
    .option("--ask-secret", "ask for the new secret, where the sender has chosen it")
    .option("--secret-stdin", "read that secret from stdin")
    .option("--keep <seconds>", "for how long the secret before is accepted as well; 0 ends it at once", keptSeconds)
    .option(...JSON_OPTION)
    .action(async (name: string, { keep, ...given }: { keep?: number } & SecretOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { endpoints } = services.triggers;
      const { id } = await endpoints.resolve(access, name);
      const settings = await settingsOf(cli, given);
      const wanted = { ...(keep !== undefined && { keepSeconds: keep }), ...(settings && { settings }) };
      const rotated = await endpoints.rotate(access, id, wanted);
      const { previousSecretUntil: until } = rotated.endpoint;
      await tell(
        cli,
        rotated,
        until ? `The secret before is accepted until ${until}.` : "The secret before is accepted no more.",
      );
    });
}

function removeCommand(cli: Cli): Command {
  return new Command("remove")
    .description("delete an endpoint and its secret at once; asks for the name unless --yes is given")
    .argument("<endpoint>", "id or name")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what was removed as JSON")
    .action(async (which: string, options: { yes?: boolean }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const found = await services.triggers.endpoints.resolve(access, which);
      if (!options.yes) {
        const uses = await services.workflows.using(access, { kind: "endpoint", id: found.id, name: found.name });
        if (uses.length > 0) note(cli.io, `Workflows that it starts: ${uses.map(({ name }) => name).join(", ")}`);
        await confirmName(cli, { what: "name", name: found.name }, command);
      }
      await services.triggers.endpoints.remove(access, found.id);
      if (cli.json) return printJson(cli.io, found);
      note(cli.io, `"${found.name}" (${found.id}) is removed. What was delivered to it stays.`);
    });
}

/** Its creator has to get it, and it is never shown again. The address is no secret of that kind: `show` tells it again. */
async function tell(cli: Cli, { endpoint, secret }: WithSecret, done: string): Promise<void> {
  if (cli.json) return printJson(cli.io, { ...endpoint, secret: secret && reveal(secret) });
  await printLine(cli.io, endpoint.url);
  if (secret !== null) await printLine(cli.io, reveal(secret));
  const missing = missingOf(endpoint);
  note(cli.io, `${done} ${secret === null ? "" : "The secret is not shown again: enter it at the sender. "}${missing}`.trim());
}

function missingOf({ settings, name }: Endpoint): string {
  const missing = settings.filter(({ isSet }) => !isSet).map(({ title }) => title);
  if (missing.length === 0) return "";
  return `Nothing is accepted until it has: ${missing.join(", ")} (lever-connector endpoints change ${JSON.stringify(name)} --ask-secret).`;
}

function stateOf({ paused, settings }: Endpoint): string {
  if (paused !== null) return `paused since ${paused}`;
  return settings.every(({ isSet }) => isSet) ? "accepts deliveries" : "waits for its secret";
}

/** Secrets are asked for, so that no history of commands has them. */
async function settingsOf(
  cli: Cli,
  { set = {}, askSecret, secretStdin }: SecretOptions,
): Promise<Record<string, string> | undefined> {
  const secret = secretStdin
    ? await readSecretFromStdin(cli.io)
    : askSecret
      ? await askForSecret(cli.io, "Secret (not shown): ", cli.signal)
      : undefined;
  const settings = { ...set, ...(secret && { secret: reveal(secret) }) };
  return Object.keys(settings).length === 0 ? undefined : settings;
}

function collect(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([A-Za-z][A-Za-z0-9]*)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must be a name and a value: name=value.");
  return { ...before, [name]: value };
}

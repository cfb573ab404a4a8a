import { Command } from "commander";
import type { Person } from "../../schemas/types/index.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { confirmName } from "../confirm-name.ts";
import { note, printJson } from "../io.ts";

export function forgetCommand(cli: Cli): Command {
  return new Command("forget")
    .description(
      "remove what is kept of a person, from runs, records of writes, messages and deliveries; asks first unless --yes is given",
    )
    .option("--opportunity <id>", "id of an opportunity of the person")
    .option("--contact <id>", "id of the person's contact")
    .option("--email <address>", "an address of the person")
    .option("-y, --yes", "do not ask")
    .option(...JSON_OPTION)
    .action(async ({ opportunity, contact, email, yes }: Person & { readonly yes?: boolean }, command: Command) => {
      const person = { ...(opportunity && { opportunity }), ...(contact && { contact }), ...(email && { email }) };
      if (Object.keys(person).length === 0)
        command.error("error: name the person: give --opportunity, --contact or --email, or several of them");
      const { services, access } = await openProject(cli, command);
      if (!yes) await confirmName(cli, { what: "word", name: "forget" }, command);
      const done = await services.forget.forget(access, person);
      if (cli.json) return printJson(cli.io, done);
      const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
      const { runs, deliveries, received, writes } = done;
      note(
        cli.io,
        `Emptied: ${counted(runs, "run")}, ${counted(deliveries, "message")}, ${received} ${received === 1 ? "delivery" : "deliveries"}, ${counted(writes, "record")} of writes.`,
      );
      return undefined;
    });
}

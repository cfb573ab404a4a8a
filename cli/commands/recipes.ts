import { Command } from "commander";
import { createIssuesOf } from "../../app/definitions.ts";
import { fillRecipeOf } from "../../app/recipes.ts";
import type { Recipe } from "../../connector/recipes.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { printFields } from "../describe-operation.ts";
import { note, paint, printJson, printLine, printTable } from "../io.ts";
import { collect } from "../options.ts";
import { readInputOf } from "../read-input.ts";

interface ConnectorOption {
  readonly connector?: string;
}

interface CreateOptions extends ConnectorOption {
  readonly input?: string;
  readonly field?: readonly string[];
  readonly name?: string;
  readonly title?: string;
  readonly print?: boolean;
}

type FoundRecipe = Recipe & { readonly connector: string };

const CONNECTOR_OPTION = ["--connector <id>", "whose, where several connectors have one of this name"] as const;

export function recipesCommand(cli: Cli): Command {
  return new Command("recipes")
    .description("ready-made workflows, to be filled in")
    .addCommand(listCommand(cli), { isDefault: true })
    .addCommand(showCommand(cli))
    .addCommand(createCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the recipes of every connector (what `recipes` alone does)")
    .option("--connector <id>", "only those of this connector")
    .option(...JSON_OPTION)
    .action(async ({ connector }: ConnectorOption) => {
      const data = await recipesOf(cli, connector);
      if (cli.json) return printJson(cli.io, { data });
      const rows = data.map(({ name, title, connector: of }) => ({ name, title, connector: of }));
      await printTable(cli.io, rows, ["name", "connector", "title"]);
    });
}

function showCommand(cli: Cli): Command {
  return new Command("show")
    .description("explain a recipe: what it does and what it asks for")
    .argument("<recipe>", "its name, as `workflows recipes` shows it")
    .option(...CONNECTOR_OPTION)
    .option(...JSON_OPTION)
    .action(async (name: string, { connector }: ConnectorOption, command: Command) => {
      const recipe = await find(cli, name, connector, command);
      if (cli.json) return printJson(cli.io, recipe);
      await printLine(cli.io, paint("bold", `${recipe.title} (${recipe.name})`));
      await printLine(cli.io, recipe.summary);
      await printLine(cli.io);
      await printFields(cli, recipe.inputs as JsonSchema);
      await printLine(cli.io);
      await printLine(cli.io, "Example:");
      await printLine(
        cli.io,
        `  lever-connector workflows recipes create ${recipe.name} --input '${JSON.stringify(recipe.example)}'`,
      );
    });
}

function createCommand(cli: Cli): Command {
  return new Command("create")
    .description("save a draft that a recipe comes to, or print its definition; --print needs no store")
    .argument("<recipe>", "its name, as `workflows recipes` shows it")
    .option("--input <json>", "what is filled in: JSON, @file or - for stdin")
    .option("--field <name=value>", "one field of it; repeatable", collect)
    .option("--name <name>", "name of the workflow; the recipe's by default, with a number where that is taken")
    .option("--title <title>", "its title; the recipe's by default")
    .option("--print", "save nothing, and print the definition")
    .option(...CONNECTOR_OPTION)
    .option("--json", "print what was saved, in the shape of the HTTP API")
    .action(async (recipeName: string, options: CreateOptions, command: Command) => {
      const { connector, name: recipe, inputs: schema } = await find(cli, recipeName, options.connector, command);
      const given = { input: options.input, pairs: options.field, words: [] };
      const inputs = (await readInputOf(command, cli.io, given, schema as JsonSchema)) as Record<string, unknown>;
      const { name, title } = options;
      const choice = { connector, recipe, inputs, ...(name !== undefined && { name }), ...(title !== undefined && { title }) };
      if (options.print) return printJson(cli.io, fillRecipeOf(await cli.connectors(), choice, createIssuesOf()).definition);
      const { services, access } = await openProject(cli, command);
      const saved = await services.recipes.create(access, choice);
      if (cli.json) return printJson(cli.io, saved);
      note(cli.io, `Saved as the draft "${saved.name}". Next: lever-connector workflows check ${saved.name}`);
    });
}

async function recipesOf(cli: Cli, connector: string | undefined): Promise<FoundRecipe[]> {
  const connectors = await cli.connectors();
  const wanted = connector === undefined ? connectors.all : [connectors.of(connector)];
  return wanted.flatMap(({ manifest: { id, recipes } }) => recipes.map((recipe) => ({ connector: id, ...recipe })));
}

async function find(cli: Cli, name: string, connector: string | undefined, command: Command): Promise<FoundRecipe> {
  const named = (await recipesOf(cli, connector)).filter((recipe) => recipe.name === name);
  const [found, ...others] = named;
  if (found === undefined) command.error("error: there is no such recipe; `workflows recipes` lists them");
  if (others.length > 0)
    command.error(`error: several connectors have it: add --connector ${named.map((one) => one.connector).join(" or ")}`);
  return found;
}

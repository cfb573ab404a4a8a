import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { Command } from "commander";
import { describeConfig } from "../../app/config.ts";
import type { Cli } from "../../cli/cli.ts";
import { createProgram } from "../../cli/program.ts";
import { loadConnector } from "../../connector/manifest.ts";
import { readFrom } from "../../connector/read-json-file.ts";
import { createSchemaResolver } from "../../json-schema/resolve-schema.ts";
import { apiRoutes } from "../../server/routes/index.ts";

const root = join(import.meta.dirname, "../..");
const folders = [".", "docs", "docs/decisions", "docs/providers"];
const pages = folders
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((file) => file.endsWith(".md"))
  .map((file) => ({ name: relative(root, file), file, text: readFileSync(file, "utf8") }));

function page(name: string): string {
  return pages.find((one) => one.name === name)?.text ?? "";
}

describe.each(pages)("$name", ({ file, text }) => {
  it("links to files and headings that exist", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => to).filter((to) => !/^[a-z]+:/.test(to));
    expect(links.filter((to) => !leadsSomewhere(file, to))).toEqual([]);
  });

  it("names scripts of npm that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/\bnpm (?:run (?:--\S+ )*([\w:-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short ?? "",
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names commands and options of the command line that exist", () => {
    expect(commandLines(text).flatMap(troubleWith)).toEqual([]);
  });

  it("names routes of the API that exist", () => {
    const known = apiRoutes.map(({ method, path }) => `${method} /api/v1${path}`);
    const named = [...text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/api\/v1\/[\w:/<>{}-]+)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    expect(named.filter((route) => !known.some((one) => matches(one, route)))).toEqual([]);
  });

  it("names variables that exist", () => {
    const known = [...describeConfig().map(({ name }) => name), "NODE_ENV", "NODE_EXTRA_CA_CERTS", "NO_COLOR", "CHROMIUM_PATH"];
    const named = [...text.matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe("docs/operations.md", () => {
  it("holds the table of operations as the manifest has it", () => {
    const rows = [...loadConnector().operations.values()].map(({ name, effect, declaration }) => {
      const [what = ""] = /^.*?(?=[.:;](?: |$))/.exec(declaration.description) ?? [];
      return `| \`${name}\` | ${what} | \`${effect}\` | ${declaration.scopes.map((scope) => `\`${scope}\``).join(", ")} |`;
    });
    const shown = page("docs/operations.md")
      .split("\n")
      .filter((line) => /^\| `\w+_\w+` \|/.test(line));
    expect(shown).toEqual(rows);
  });
});

describe("docs/configuration.md", () => {
  it("holds the table of variables as app/config.ts has it", () => {
    const rows = describeConfig().map(
      ({ name, default: value, description }) =>
        `| \`${name}\` | ${value === undefined ? "" : `\`${value}\``} | ${description} |`,
    );
    expect(page("docs/configuration.md")).toContain(
      ["| variable | default | meaning |", "|---|---|---|", ...rows, ""].join("\n"),
    );
  });
});

describe("docs/playground.md", () => {
  it("names every control route, and no other", () => {
    const source = readFileSync(join(root, "playground/control.ts"), "utf8");
    const routes = [...source.matchAll(/router\.(get|post|delete)\(\s*"\/([\w/:-]+)"/g)].map(
      ([, method = "", path = ""]) => `${method.toUpperCase()} ${path.replace(":opportunity", ":id")}`,
    );
    const section = page("docs/playground.md").split("## Control routes")[1]?.split("\n## ")[0] ?? "";
    const named = [...section.matchAll(/`((?:GET|POST|DELETE) [\w/:-]+)`/g)].map(([, route = ""]) => route);
    expect(named.sort()).toEqual(routes.sort());
  });

  it("names every kind of fault, and no other", () => {
    const source = readFileSync(join(root, "playground/fault-spec.ts"), "utf8");
    const kinds = [...(source.split("const NEEDS")[1]?.split("};")[0] ?? "").matchAll(/^ {2}"?([a-z-]+)"?: \{/gm)].map(
      ([, kind = ""]) => kind,
    );
    const table = page("docs/playground.md").split("| `action.kind` | effect |")[1]?.split("\n\n")[0] ?? "";
    const named = table
      .split("\n")
      .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([a-z-]+)`/g)].map(([, kind = ""]) => kind));
    expect(named.sort()).toEqual(kinds.sort());
  });
});

describe("docs/credentials.md", () => {
  it.each([
    ["statuses", "credential.json#/properties/status", "## Statuses"],
    ["checks", "check-report.json#/properties/checks/items/properties/id", "## The test report"],
  ])("names the %s of the contract, and no other", (_what, place, heading) => {
    const resolver = createSchemaResolver(readFrom(root));
    const { enum: declared } = resolver.resolve({ $ref: `schemas/platform/${place}` }) as { enum: string[] };
    const section = page("docs/credentials.md").split(heading)[1]?.split("\n## ")[0] ?? "";
    const named = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name = ""]) => name);
    expect(named.sort()).toEqual([...declared].sort());
  });
});

function leadsSomewhere(from: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? from : join(dirname(from), path);
  if (!existsSync(target)) return false;
  return heading === undefined || headings(readFileSync(target, "utf8")).includes(heading);
}

/** As GitHub makes anchors of headings. */
function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function matches(known: string, named: string): boolean {
  const pattern = known.replace(/:\w+/g, "[^/]+");
  return new RegExp(`^${pattern}$`).test(named);
}

/** What follows the program's name in code: up to the end of the line or of the code span. */
function commandLines(text: string): string[][] {
  const found = text.matchAll(/(?:^|[`$|(;] *|npx )lever-connector ([a-z][^`\n#]*)/gm);
  return [...found].map(([, line = ""]) =>
    line
      .replace(/(?: 2>| \| | > | {2,}).*$/, "")
      .replace(/\)$/, "")
      .split(/\s+/),
  );
}

const program = createProgram({} as Cli, { version: "0", variables: [] });
const { operations } = loadConnector();

/** `a|b` in a line stands for either. */
function troubleWith(words: readonly string[]): string[] {
  let commands: Command[] = [program];
  let at = 0;
  for (; at < words.length && commands.some(({ commands: children }) => children.length > 0); at++) {
    if (words[at]?.startsWith("-")) break;
    const names = (words[at] ?? "").split("|");
    const next = names.map((name) =>
      commands.flatMap(({ commands: children }) => children).find((child) => child.name() === name),
    );
    if (next.includes(undefined)) return [`lever-connector ${words.slice(0, at + 1).join(" ")}`];
    commands = next as Command[];
  }
  const fields = Object.keys(operations.get(words[at] ?? "")?.inputSchema.properties ?? {});
  const known = [
    ...[program, ...commands].flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short])),
    "--help",
    ...fields.flatMap((name) => [name, name.replace(/s$/, "")]).map((name) => `--${name.replaceAll("_", "-")}`),
  ];
  const options = words
    .slice(at)
    .filter((word) => /^\[?--?[a-z]/.test(word))
    .map((word) => word.replace(/^\[/, "").replace(/[\]=].*$/, ""));
  return options
    .filter((option) => !known.includes(option))
    .map((option) => `lever-connector ${words.slice(0, at).join(" ")}: ${option}`);
}

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { findMongod, startMongod } from "../test/support/mongod.ts";

/**
 * `npm run test:mutants -- <room> …`: changes one place of the room's code at a time, runs the room's tests against each change, and lists the
 * changes that no test noticed. A room may be given as a folder or as single files (`store store/bucket.ts`).
 *
 * A change that alters nothing a test could see is listed with its reason in test/equivalent-mutants.json and does not count. Messages for
 * people and lines of the log are not changed (scripts/mutants-ignore.mjs): tests compare codes. The result of a whole room is written
 * to the table in docs/mutation-tests.md. Exit code 1 where fewer than 85 % were noticed.
 */
const root = join(import.meta.dirname, "..");
const TABLE = join(root, "docs/mutation-tests.md");
const EQUIVALENTS = join(root, "test/equivalent-mutants.json");
const WANTED = 85;

/** The tests of each room, as paths under test/ without the ending: those that can notice a change in a short time. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  store: ["store/*", "contract/store"],
  sealing: ["sealing/*", "credentials/{binding,guards,open-once}", "server/keys"],
  credentials: ["credentials/*", "server/{answers,oauth,perform-as,renames}"],
  runtime: ["runtime/*"],
  "connector/http": ["connector/**/*"],
  "server/auth": [
    "server/auth/*",
    "server/access",
    "server/session",
    "server/oidc",
    "server/{oauth,answers}",
    "credentials/oauth-flows",
  ],
  "server/http": ["server/http/*"],
  sdk: ["sdk/*"],
  cli: ["cli/{cli,destinations,fields,output,store,usage,workflows}"],
};

interface Equivalent {
  readonly file: string;
  /** The code that is changed, on one line, as it stands in the file. */
  readonly code: string;
  readonly replacement: string;
  readonly reason: string;
}

type Mutant = Awaited<ReturnType<Stryker["runMutationTest"]>>[number];

const rooms = process.argv.slice(2);
if (rooms.length === 0 || rooms.some((room) => testsOf(room) === undefined)) {
  console.error(`usage: npm run test:mutants -- <room> …\nrooms: ${Object.keys(ROOMS).join(", ")}, or a file in one of them`);
  process.exit(2);
}

const stopMongod = await provideMongod();
try {
  for (const room of rooms) await measure(room);
} finally {
  await stopMongod();
}

async function measure(room: string): Promise<void> {
  const started = Date.now();
  const mutants = await run(room);
  const equivalents = readEquivalents();
  const noticed = mutants.filter(({ status }) => status === "Killed" || status === "Timeout");
  const unnoticed = mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage");
  const harmless = unnoticed.filter((mutant) => equivalents.some((known) => isSame(known, mutant)));
  const open = unnoticed.filter((mutant) => !harmless.includes(mutant));
  for (const mutant of open) console.log(describe(mutant));
  for (const known of equivalents.filter(({ file }) => mutants.some((mutant) => nameOf(mutant) === file))) {
    if (!harmless.some((mutant) => isSame(known, mutant)))
      console.log(`no such survivor any more: ${known.file}: ${known.code} → ${known.replacement}`);
  }
  const counted = noticed.length + open.length;
  const percent = counted === 0 ? 0 : Math.floor((1000 * noticed.length) / counted) / 10;
  const minutes = Math.ceil((Date.now() - started) / 60_000);
  console.log(
    `${room}: ${percent} % of ${counted} changes noticed; ${open.length} not, and ${harmless.length} change nothing (${minutes} min)`,
  );
  if (room in ROOMS) writeRow(room, [counted, noticed.length, open.length, harmless.length, `${percent} %`]);
  if (percent < WANTED) process.exitCode = 1;
}

async function run(room: string): Promise<Mutant[]> {
  const sandbox = ".cache/mutants";
  rmSync(join(root, sandbox), { recursive: true, force: true });
  const tests = (testsOf(room) as readonly string[]).map((path) => `<rootDir>/test/${path}.test.ts`);
  const stryker = new Stryker({
    mutate: [room.endsWith(".ts") ? room : `${room}/**/*.ts`],
    plugins: [
      "@stryker-mutator/jest-runner",
      join(root, "scripts/mutants-ignore.mjs"),
      join(root, "scripts/mutants-reporter.mjs"),
    ],
    ignorers: ["messages"],
    testRunner: "jest",
    testRunnerNodeArgs: ["--experimental-vm-modules", "--no-warnings"],
    coverageAnalysis: "perTest",
    jest: {
      projectType: "custom",
      configFile: "jest.config.js",
      config: {
        testMatch: tests,
        // Of the first run, without a change; with one see scripts/mutants-environment.cjs.
        testTimeout: 60_000,
        testEnvironment: join(root, "scripts/mutants-environment.cjs"),
        testRunner: join(root, "scripts/mutants-jest-circus.cjs"),
        testSequencer: join(root, "scripts/mutants-sequencer.cjs"),
      },
      enableFindRelatedTests: false,
    },
    concurrency: 9,
    timeoutMS: 6_000,
    dryRunTimeoutMinutes: 20,
    // Modules of a finished test run stay in memory for as long as their process.
    maxTestRunnerReuse: 100,
    // Its rewriting of tsconfig.json needs the compiler API that TypeScript 7 has no more.
    tsconfigFile: "none",
    tempDirName: sandbox,
    ignorePatterns: ["dist", "data", "docs/images", "bench", "test/.artifacts", "coverage"],
    reporters: ["progress-append-only", "unnoticed"],
    allowConsoleColors: false,
    allowEmpty: true,
  } as ConstructorParameters<typeof Stryker>[0]);
  return (await stryker.runMutationTest()).filter(({ status }) => status !== "Ignored");
}

function testsOf(room: string): readonly string[] | undefined {
  const name = Object.keys(ROOMS).find(
    (known) => room === known || (room.startsWith(`${known}/`) && existsSync(join(root, room))),
  );
  return name === undefined ? undefined : ROOMS[name];
}

/** One server for the whole run; jest's own would start anew for each change. */
async function provideMongod(): Promise<() => Promise<void>> {
  if (process.env.MONGODB_URI) return async () => {};
  if (findMongod() === undefined) spawnSync("bash", ["scripts/get-mongod.sh"], { cwd: root, stdio: "inherit" });
  const server = await startMongod();
  process.env.MONGODB_URI = server.uri;
  return () => server.stop();
}

function readEquivalents(): Equivalent[] {
  return JSON.parse(readFileSync(EQUIVALENTS, "utf8")) as Equivalent[];
}

function isSame(known: Equivalent, mutant: Mutant): boolean {
  return (
    known.file === nameOf(mutant) && known.code === codeOf(mutant) && known.replacement === oneLine(mutant.replacement ?? "")
  );
}

function describe(mutant: Mutant): string {
  const { line } = mutant.location.start;
  const why = mutant.status === "NoCoverage" ? "no test reaches it" : "no test noticed";
  return `${nameOf(mutant)}:${line} ${why}\n  - ${codeOf(mutant)}\n  + ${oneLine(mutant.replacement ?? "")}`;
}

function nameOf(mutant: Mutant): string {
  return relative(root, resolve(root, mutant.fileName));
}

/** The text that the mutant replaces: lines and columns are counted from 1. */
function codeOf(mutant: Mutant): string {
  const lines = readFileSync(join(root, nameOf(mutant)), "utf8").split("\n");
  const { start, end } = mutant.location;
  const cut = lines.slice(start.line - 1, end.line);
  cut[cut.length - 1] = (cut.at(-1) as string).slice(0, end.column - 1);
  cut[0] = (cut[0] as string).slice(start.column - 1);
  return oneLine(cut.join("\n"));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function writeRow(room: string, cells: readonly (string | number)[]): void {
  const row = `| \`${room}/\` | ${cells.join(" | ")} | ${new Date().toISOString().slice(0, 10)} |`;
  const lines = readFileSync(TABLE, "utf8").split("\n");
  const at = lines.findIndex((line) => line.startsWith(`| \`${room}/\` |`));
  lines.splice(at === -1 ? lines.findLastIndex((line) => line.startsWith("|")) + 1 : at, at === -1 ? 0 : 1, row);
  writeFileSync(TABLE, lines.join("\n"));
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Job } from "./jobs.ts";

const ROOT = join(import.meta.dirname, "../../..");
const CHILD = "test/faults/children/child-worker";
const PATIENCE_MS = 60_000;

// biome-ignore lint/suspicious/noExplicitAny: lines of many shapes; the assertions are what types them
export type Line = any;

/** A child process that waits for jobs. */
export interface Worker {
  readonly process: ChildProcess;
  /** Once it waits for jobs. */
  readonly ready: Promise<void>;
  /** Every line it has printed since. */
  readonly lines: readonly Line[];
  send(job: Job): void;
  /** The first line from number `from` on that fits, as soon as it is printed. Fails where the process ends before. */
  line(fits: (line: Line) => boolean, from?: number): Promise<Line>;
  /** Comes back once it has printed enough, or has ended. */
  until(enough: (lines: readonly Line[]) => boolean): Promise<void>;
  /** Does a job to its end; answers the lines it printed. Fails where it broke. */
  run(job: Job): Promise<Line[]>;
  /** SIGKILL; comes back once it is dead and everything it printed is read. */
  kill(): Promise<void>;
  /** Comes back once it is dead, by whatever hand, and everything it printed is read. */
  readonly ended: Promise<void>;
}

export interface Workers {
  launch(): Worker;
  /** One that is warm; the next is warmed meanwhile. */
  take(): Worker;
  /** Kills what was taken and still lives: what a test that failed leaves must not work on for the next one. */
  killTaken(): Promise<void>;
  close(): Promise<void>;
}

/** The child program as plain JavaScript, so that starting one costs half a second less. */
export interface Build {
  readonly file: string;
  remove(): void;
}

/** It lies within the checkout, because the program finds its manifest and its packages by walking up. Types are checked elsewhere. */
export function buildChild(): Build {
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".cache/faults-"));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  // Also where the test run is cut short.
  process.once("exit", clean);
  compile(folder);
  function remove() {
    clean();
    process.off("exit", clean);
  }
  return { file: join(folder, `${CHILD}.js`), remove };
}

export function openWorkers(kind: "embedded" | "mongodb", { file }: Build): Workers {
  const all: Worker[] = [];
  const warm: Worker[] = [];

  function launch(): Worker {
    const worker = startWorker(file, kind);
    all.push(worker);
    return worker;
  }

  return {
    launch,
    take() {
      const worker = warm.shift() ?? launch();
      warm.push(launch());
      return worker;
    },
    killTaken: () => kill(all.filter((worker) => !warm.includes(worker))),
    close: () => kill(all),
  };
}

async function kill(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.kill()));
}

function compile(outDir: string): void {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const options = [
    "--rootDir",
    ".",
    "--noCheck",
    "--rewriteRelativeImportExtensions",
    "--module",
    "nodenext",
    "--target",
    "es2023",
  ];
  const args = [tsc, "--ignoreConfig", `${CHILD}.ts`, "--outDir", outDir, ...options];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the child program cannot be built:\n${stdout}`);
}

function startWorker(file: string, kind: string): Worker {
  const child = spawn(process.execPath, [file, kind], { stdio: ["pipe", "pipe", "inherit"] });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((look) => void look());
  let over = false;
  let begin: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    begin = resolve;
  });
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as Line;
    if (line.ready) return begin();
    lines.push(line);
    wake();
  });
  child.stdin.on("error", () => undefined); // killed while it was given a job; whoever waits for its lines is told
  const ended = new Promise<void>((resolve) => child.once("close", () => setImmediate(resolve))).then(() => {
    over = true;
    wake();
  });

  function line(fits: (line: Line) => boolean, from = 0): Promise<Line> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => done(() => reject(new Error(`no such line in time; printed: ${tail()}`))), PATIENCE_MS);
      const look = () => {
        const found = lines.slice(from).find(fits);
        if (found !== undefined) return done(() => resolve(found));
        if (over) done(() => reject(new Error(`the child ended before; printed: ${tail()}`)));
      };
      function done(how: () => void) {
        clearTimeout(late);
        waiting.delete(look);
        how();
      }
      waiting.add(look);
      look();
    });
  }

  async function until(enough: (lines: readonly Line[]) => boolean): Promise<void> {
    const done = () => enough(lines) || child.exitCode !== null || child.signalCode !== null;
    if (!done()) await line(done);
  }

  const tail = () => JSON.stringify(lines.slice(-5));
  const send = (job: Job) => void child.stdin.write(`${JSON.stringify(job)}\n`);
  return {
    process: child,
    ready,
    lines,
    send,
    line,
    until,
    async run(job) {
      const from = lines.length;
      send(job);
      const last = await line(({ end }) => end === true, from);
      if (last.broke !== undefined) throw new Error(`the job broke: ${last.broke}`);
      return lines.slice(from, lines.indexOf(last));
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    ended,
  };
}

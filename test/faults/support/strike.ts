import { spawn } from "node:child_process";
import type { TokenEndpoint } from "../../../credentials/oauth.ts";
import type { DocumentStore } from "../../../store/document-store.ts";
import { say } from "./say.ts";

/** A named point at which a child process ends, or stops, by its own hand. */
export interface Strike {
  readonly signal: "SIGKILL" | "SIGSTOP";
  readonly when: "before" | "after";
  /** `token`, `send`, `insert <collection>`, `patch <collection>` or `patch <collection>.<field>`. */
  readonly at: string;
  /** The how manieth time; the first by default. */
  readonly nth?: number;
}

/** Wraps what is injected into the product, so that the product knows nothing of crash points. */
export interface Striker {
  around<T>(points: readonly string[], work: () => Promise<T>): Promise<T>;
}

export function createStriker(strike: Strike | undefined): Striker {
  let met = 0;
  let isOver = false;

  async function die({ signal, when, at }: Strike): Promise<void> {
    isOver = true;
    if (signal === "SIGSTOP") wakeWithoutParent();
    say({ struck: `${when} ${at}` });
    process.kill(process.pid, signal);
    // SIGSTOP comes back here when it is continued; SIGKILL never does.
    if (signal === "SIGKILL") await new Promise(() => undefined);
  }

  return {
    async around(points, work) {
      // Several may be on their way at once: what was refused (a record that is there already) is no end, so every later one counts too.
      const here = strike !== undefined && points.includes(strike.at) && ++met >= (strike.nth ?? 1);
      if (here && !isOver && strike.when === "before") await die(strike);
      const result = await work();
      if (here && !isOver && strike.when === "after") await die(strike);
      return result;
    },
  };
}

/** A stopped process does not notice that the test run was cut short, and would stay for ever. */
function wakeWithoutParent(): void {
  const watch = 'while kill -0 "$1" && kill -0 "$2"; do sleep 1; done; kill -CONT "$2"';
  spawn("sh", ["-c", watch, "watch", String(process.ppid), String(process.pid)], { stdio: "ignore", detached: true }).unref();
}

export function strikeStore(store: DocumentStore, { around }: Striker): DocumentStore {
  return {
    ...store,
    insert: (collection, document) => around([`insert ${collection}`], () => store.insert(collection, document)),
    patch(collection, scope, id, change, where) {
      const fields = Object.keys({ ...change.set, ...change.inc });
      const points = [`patch ${collection}`, ...fields.map((field) => `patch ${collection}.${field}`)];
      return around(points, () => store.patch(collection, scope, id, change, where));
    },
  };
}

export function strikeTokens(tokens: TokenEndpoint, { around }: Striker): TokenEndpoint {
  return { ...tokens, refreshTokens: (options) => around(["token"], () => tokens.refreshTokens(options)) };
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Playground } from "../../../playground/index.ts";
import { ADMIN, type Called, playgroundCredential, type TestServer } from "../../server/start.ts";

/** What a request of the battery was answered. */
export interface Told {
  readonly what: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly ms: number;
}

export interface Outage {
  /** One request of each kind, all at once. */
  askEverything(): Promise<Told[]>;
  /** Saves credentials and writes tags, `callers` at a time, until `stop`; remembers what was acknowledged. Answers a list that grows. */
  keepWriting(callers: number): readonly Told[];
  /** Ends all writing. May be repeated. */
  stop(): Promise<void>;
  /** What was acknowledged and is not there, or was refused and took effect all the same. Empty is good. */
  lost(): Promise<string[]>;
  /** How much was acknowledged so far. */
  acknowledged(): { credentials: number; tags: number };
}

/** Longer than any answer may take while the store is away. */
export const OUTAGE_LIMIT_MS = 4_500;

const TROUBLE = ["store_unavailable", "store_full"];
let rounds = 0;

/**
 * A project with a key, a credential and opportunities to write to, and requests of every kind against them. The playground's ledger is the truth
 * about what reached Lever.
 */
export async function createOutage(server: TestServer, lever: Playground): Promise<Outage> {
  const { key } = await server.project("outage", ["admin"]);
  const made = await server.call("POST", "/api/v1/credentials", { key, body: playgroundCredential("main") });
  const credential: string = made.body.id;
  const opportunities = [...lever.world.opportunityById.keys()];
  const user = [...lever.world.userById.keys()][0];
  const saved: string[] = [];
  const tagged: Array<{ tag: string; opportunity: string; idempotencyKey: string | undefined }> = [];
  /** Refused for want of the store: must not be found in Lever. */
  const refused: string[] = [];
  const writers: Promise<void>[] = [];
  let writing = false;
  let serial = 0;

  async function timed(what: string, call: () => Promise<Called>): Promise<Told & { body: Called["body"] }> {
    const startedAt = performance.now();
    const { status, body, text } = await call();
    const last = body ?? lastLine(text);
    const code = last?.code ?? last?.error?.code;
    return { what, status, code, ms: Math.round(performance.now() - startedAt), body };
  }

  async function addTag(keyed: boolean): Promise<Told> {
    serial += 1;
    const tag = `outage-${rounds}-${serial}`;
    const opportunity = opportunities[serial % opportunities.length] as string;
    const idempotencyKey = keyed ? `key-${tag}` : undefined;
    const told = await timed(`add_opportunity_tags${keyed ? " with a key" : ""}`, () =>
      sendTag({ tag, opportunity, idempotencyKey }),
    );
    if (told.status === 200) tagged.push({ tag, opportunity, idempotencyKey });
    else if (told.code !== "outcome_unknown") refused.push(tag);
    return told;
  }

  function sendTag({ tag, opportunity, idempotencyKey }: (typeof tagged)[number]): Promise<Called> {
    return server.call("POST", "/api/v1/operations/add_opportunity_tags", {
      key,
      body: { credential, input: { opportunity_id: opportunity, tags: [tag], perform_as: user } },
      ...(idempotencyKey !== undefined && { headers: { "idempotency-key": idempotencyKey } }),
    });
  }

  async function save(): Promise<Told> {
    serial += 1;
    const nickname = `saved ${rounds} ${serial}`;
    const told = await timed("save a credential", () =>
      server.call("POST", "/api/v1/credentials", { key, body: playgroundCredential(nickname) }),
    );
    if (told.status === 201) saved.push(told.body.id);
    return told;
  }

  async function writeOn(at: number, told: Told[]): Promise<void> {
    for (let turn = at; writing; turn += 1) {
      const one = turn % 3 === 0 ? await save() : await addTag(turn % 3 === 1);
      told.push(one);
      if (one.status >= 500) await sleep(50);
    }
  }

  const read = (operation: string, query: string) => () =>
    server.call("POST", `/api/v1/operations/${operation}${query}`, {
      key,
      body: { credential, input: operation === "retrieve_opportunity" ? { opportunity_id: opportunities[0] } : {} },
    });
  const plain = (method: string, path: string, body?: unknown) => () =>
    server.call(method, path, { key, ...(body !== undefined && { body }) });

  rounds += 1;
  return {
    askEverything() {
      serial += 1;
      return Promise.all([
        save(),
        addTag(true),
        addTag(false),
        timed("/healthz", () => server.call("GET", "/healthz")),
        timed("/readyz", () => server.call("GET", "/readyz")),
        timed("list credentials", plain("GET", "/api/v1/credentials")),
        timed("rename", plain("PATCH", `/api/v1/credentials/${credential}`, { nickname: `main ${serial}` })),
        timed("remove", plain("DELETE", `/api/v1/credentials/${saved.pop() ?? "cred_none"}`)),
        timed("test", plain("POST", `/api/v1/credentials/${credential}/test`)),
        timed("options", plain("GET", `/api/v1/credentials/${credential}/options/stages`)),
        timed("make a key", plain("POST", "/api/v1/api-keys", { name: `key ${serial}`, scopes: ["operations:read"] })),
        timed("a wrong key", () => server.call("GET", "/api/v1/credentials", { key: "lc_wrong" })),
        timed("the first page", () => server.call("GET", "/")),
        timed("a consent's return", () => server.call("GET", "/oauth/lever/playground/callback?state=x&code=y")),
        timed("retrieve_opportunity", read("retrieve_opportunity", "")),
        timed("all pages", read("list_opportunities", "?pages=all")),
        timed("credentials as admin", () => server.call("GET", "/api/v1/credentials", { key: ADMIN })),
      ]);
    },

    keepWriting(callers) {
      const told: Told[] = [];
      writing = true;
      for (let at = 0; at < callers; at += 1) writers.push(writeOn(at, told));
      return told;
    },

    async stop() {
      writing = false;
      await Promise.all(writers.splice(0));
    },

    async lost() {
      const effects = lever.ledger.since(0).flatMap(({ tags, changed }) => (changed?.length ? (tags ?? []) : []));
      const reached = new Set(effects);
      const wrong = effects.filter((tag, at) => effects.indexOf(tag) !== at).map((tag) => `${tag} was applied twice`);
      // A write that was told to be done is done; one that was repeated with its key is done once.
      for (const { tag } of tagged) if (!reached.has(tag)) wrong.push(`${tag} was acknowledged, and Lever does not have it`);
      for (const tag of refused) if (reached.has(tag)) wrong.push(`${tag} was refused, and Lever has it`);
      const checkCredential = async (id: string) => {
        const { status, body } = await server.call("POST", `/api/v1/credentials/${id}/test`, { key });
        if (status !== 200 || body.usable !== true) wrong.push(`${id} was acknowledged; its test is answered ${status}`);
      };
      const repeat = async (one: (typeof tagged)[number]) => {
        const { status, body } = await sendTag(one);
        // A write whose outcome could not be recorded any more stays "running" until its lease ends; it is not sent again before.
        if (status !== 200 && body?.code !== "idempotency_in_progress")
          wrong.push(`${one.tag}: repeated with its key: ${status}`);
      };
      await eachOf(saved, checkCredential);
      await eachOf(
        tagged.filter(({ idempotencyKey }) => idempotencyKey !== undefined),
        repeat,
      );
      const again = lever.ledger.since(0).flatMap(({ tags, changed }) => (changed?.length ? (tags ?? []) : []));
      if (again.length !== effects.length) wrong.push("a repeated write took effect again");
      return wrong;
    },

    acknowledged: () => ({ credentials: saved.length, tags: tagged.length }),
  };
}

/** What is wrong with the answers given while the store was away. Empty is good. */
export function unclear(told: readonly Told[], limitMs = OUTAGE_LIMIT_MS): string[] {
  return told.flatMap(({ what, status, code, ms }) => {
    const wrong: string[] = [];
    // Who is served in the end may have waited for more than one thing.
    if (ms > (status < 400 ? 3 * limitMs : limitMs)) wrong.push(`${what} took ${ms} ms (${status} ${code ?? ""})`);
    if (status >= 500 && !TROUBLE.includes(code ?? "") && what !== "/readyz" && what !== "the first page")
      wrong.push(`${what} was answered ${status} ${code}`);
    if (what === "/healthz" && status !== 200) wrong.push(`/healthz was answered ${status}`);
    return wrong;
  });
}

/** Asks `/readyz` until it says so, with the status that belongs to it. */
export async function untilReady(server: Pick<TestServer, "call">, wanted: string, withinMs: number): Promise<void> {
  const startedAt = performance.now();
  let said = "";
  while (performance.now() - startedAt < withinMs) {
    const { status, body } = await server.call("GET", "/readyz");
    said = `${status} ${body.status}`;
    if (said === `${wanted === "ready" ? 200 : 503} ${wanted}`) return;
    await sleep(100);
  }
  throw new Error(`/readyz still says ${said} after ${withinMs} ms`);
}

/** Sixteen at a time: how much was acknowledged depends on the machine, and all of it at once would be a test of something else. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

function lastLine(text: string): Called["body"] {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  return line.startsWith("{") ? JSON.parse(line) : undefined;
}

import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { LOAD_ADMIN, type LoadStage } from "./load-stage.ts";

export interface Traffic {
  /** Lets `callers` go on, each with one call after the other, until `pause`. */
  go(callers: number): void;
  /** Ends when the last call has been answered; connections are closed then. */
  pause(): Promise<void>;
  /** From now on calls may be answered `shutting_down`, and new connections be refused. */
  expectStop(): void;
  /** How often each kind of call was answered how, `status code` to number. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, number>>;
  count(): number;
  /** Answers that no caller should ever get. Empty is good. */
  readonly wrong: readonly string[];
  /** How many writes left a record. */
  records(): number;
  /** Acknowledged work that is not there. Empty is good. */
  lost(): Promise<string[]>;
}

interface Answer {
  readonly status: number;
  // Tests read answers of many shapes; the checks are what types them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
  readonly text: string;
}

type Kind = { readonly name: string; readonly share: number; readonly may: readonly string[]; call(at: number): Promise<Answer> };

/** What Lever's faults lead to: told to the caller as what they are. */
const LEVERS_FAULT = [
  "502 upstream_error",
  "503 upstream_unavailable",
  "502 upstream_unreachable",
  "502 upstream_invalid_response",
  "504 upstream_timeout",
  "429 rate_limited",
];
const WRITE_FAULT = [...LEVERS_FAULT, "502 outcome_unknown", "409 write_in_progress"];
const CLOSED = "0 closed";

/** Mixed traffic as a busy installation sees it: honest calls, faults of Lever, callers that hang up, nonsense and guesses. */
export async function createTraffic({ url, lever }: LoadStage): Promise<Traffic> {
  const { playground } = lever;
  const opportunities = [...playground.world.opportunityById.keys()];
  const user = [...playground.world.userById.keys()][0] as string;
  const answers = new Map<string, Map<string, number>>();
  const wrong: string[] = [];
  const running = new Set<Promise<void>>();
  const credentials = new Set<string>();
  /** What the last acknowledged write made of a tag; undefined where its outcome is not known. */
  const tags = new Map<string, { opportunity: string; present: boolean | undefined }>();
  let replay: { key: string; body: string }[] = [];
  let pool = new Pool(url, { connections: 250, headersTimeout: 70_000 });
  let on = false;
  let stopping = false;
  let serial = 0;
  let records = 0;

  async function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await pool.request({
      method: method as "GET",
      path,
      headers: { authorization: `Bearer ${LOAD_ADMIN}`, "content-type": "application/json", ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await answer.body.text();
    const isJson = /[/+]json/.test(String(answer.headers["content-type"]));
    return { status: answer.statusCode, text, body: isJson && text ? JSON.parse(text) : undefined };
  }
  const run = (operation: string, input: object, { query = "", key = "", credential = "main" } = {}) =>
    ask(
      "POST",
      `/api/v1/operations/${operation}${query}`,
      JSON.stringify({ credential, input }),
      key ? { "idempotency-key": key } : {},
    );
  const save = (nickname: string, environment = "playground") =>
    ask(
      "POST",
      "/api/v1/credentials",
      JSON.stringify({ connector: "lever", nickname, environment, auth: { type: "api_key", apiKey: "playground" } }),
    );

  /** Puts a tag of its own on and takes it off again, so that opportunities do not grow. */
  async function writeTag(at: number, keyed: boolean): Promise<Answer> {
    serial += 1;
    const tag = `load ${at} ${serial % 5}`;
    const opportunity = opportunities[at % opportunities.length] as string;
    const known = tags.get(tag);
    const add = known?.present !== true;
    const operation = add ? "add_opportunity_tags" : "remove_opportunity_tags";
    const input = { opportunity_id: opportunity, tags: [tag], perform_as: user };
    const key = keyed ? `load-${serial}` : "";
    tags.set(tag, { opportunity, present: undefined });
    records += 1;
    const answer = await run(operation, input, { key });
    if (answer.status === 200) {
      tags.set(tag, { opportunity, present: add });
      if (keyed) replay = [...replay.slice(-199), { key, body: JSON.stringify({ credential: "main", input, operation }) }];
    }
    return answer;
  }

  async function saveAndRemove(): Promise<Answer> {
    serial += 1;
    const made = await save(`load ${serial}`);
    if (made.status !== 201) return made;
    credentials.add(made.body.id);
    if (serial % 200 === 0) return made;
    const removed = await ask("DELETE", `/api/v1/credentials/${made.body.id}`);
    // Where the answer was lost or refused nobody knows; it is not counted as acknowledged.
    credentials.delete(made.body.id);
    return removed;
  }

  async function hangUp(): Promise<Answer> {
    const body = JSON.stringify({ credential: "main", input: { limit: 20 } });
    const giveUp = new AbortController();
    const headers = { authorization: `Bearer ${LOAD_ADMIN}`, "content-type": "application/json" };
    const path = "/api/v1/operations/list_opportunities?pages=all";
    const answer = await pool.request({ method: "POST", path, headers, body, signal: giveUp.signal });
    if (answer.statusCode !== 200) return { status: answer.statusCode, body: await answer.body.json(), text: "" };
    answer.body.on("error", () => {}); // our own hanging up
    await Promise.race([sleep(20), answer.body.text().catch(() => "")]);
    giveUp.abort();
    return { status: answer.statusCode, body: undefined, text: "" };
  }

  const any = () => opportunities[Math.floor(Math.random() * opportunities.length)];
  const address = () => `10.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}.1`;
  const nonsense = [
    ["{", "400 malformed_json"],
    ['{"credential":"main","input":{"opportunity_id":7}}', "422 input_invalid"],
    ['{"credential":"main","input":{"opportunity_id":"../x"}}', "422 input_invalid"],
    [JSON.stringify({ credential: "x".repeat(300_000) }), "413 payload_too_large"],
  ] as const;
  const kinds: Kind[] = [
    {
      name: "retrieve",
      share: 34,
      may: ["200", ...LEVERS_FAULT],
      call: () => run("retrieve_opportunity", { opportunity_id: any() }),
    },
    { name: "list", share: 8, may: ["200", ...LEVERS_FAULT], call: () => run("list_opportunities", { limit: 20 }) },
    {
      name: "limited",
      share: 0.5,
      may: ["200", ...LEVERS_FAULT],
      call: () => run("list_stages", {}, { credential: "limited" }),
    },
    { name: "write", share: 8, may: ["200", ...WRITE_FAULT], call: (at) => writeTag(at, false) },
    { name: "write with a key", share: 12, may: ["200", ...WRITE_FAULT], call: (at) => writeTag(at, true) },
    {
      name: "all pages",
      share: 1.5,
      may: ["200", ...LEVERS_FAULT],
      call: () => run("list_opportunities", { limit: 100 }, { query: "?pages=all" }),
    },
    { name: "hang up", share: 3, may: ["200", ...LEVERS_FAULT], call: hangUp },
    { name: "save and remove", share: 6, may: ["201", "204"], call: saveAndRemove },
    { name: "test", share: 1, may: ["200"], call: () => ask("POST", "/api/v1/credentials/main/test") },
    { name: "credentials", share: 6, may: ["200"], call: () => ask("GET", "/api/v1/credentials?limit=20") },
    {
      name: "nonsense",
      share: 10,
      may: nonsense.map(([, code]) => code),
      call: () => ask("POST", "/api/v1/operations/retrieve_opportunity", nonsense[Math.floor(Math.random() * 4)]?.[0]),
    },
    {
      name: "wrong key",
      share: 6,
      may: ["401 auth_required", "429 too_many_requests"],
      call: () =>
        ask("GET", "/api/v1/credentials", undefined, { authorization: "Bearer lc_wrong", "x-forwarded-for": address() }),
    },
    {
      name: "nothing there",
      share: 4,
      may: ["404 not_found"],
      call: () => ask("GET", `/api/v1/credentials/cred_${Math.random()}`),
    },
  ];
  const total = kinds.reduce((sum, { share }) => sum + share, 0);

  function pick(): Kind {
    let at = Math.random() * total;
    for (const kind of kinds) {
      at -= kind.share;
      if (at < 0) return kind;
    }
    return kinds[0] as Kind;
  }

  async function one(at: number): Promise<void> {
    const kind = pick();
    const sentWhileStopping = stopping;
    const said = await kind
      .call(at)
      .then(toSaid, (error: NodeJS.ErrnoException) => (sentWhileStopping ? CLOSED : `0 ${error.code}`));
    const seen = answers.get(kind.name) ?? new Map<string, number>();
    answers.set(kind.name, seen.set(said, (seen.get(said) ?? 0) + 1));
    if (kind.may.includes(said) || (stopping && (said === "503 shutting_down" || said === CLOSED))) return;
    if (wrong.length < 50) wrong.push(`${kind.name} was answered ${said}`);
  }

  async function caller(at: number): Promise<void> {
    while (on) {
      await one(at);
      if (stopping) await sleep(20);
    }
  }

  for (const [nickname, environment] of [
    ["main", "playground"],
    ["limited", "limited"],
  ] as const) {
    const { status, text } = await save(nickname, environment);
    if (status !== 201) throw new Error(text);
  }
  return {
    answers,
    wrong,
    go(callers) {
      on = true;
      for (let at = 0; at < callers; at += 1) {
        const work = caller(at);
        running.add(work);
        void work.finally(() => running.delete(work));
      }
    },
    async pause() {
      on = false;
      await Promise.all(running);
      const before = pool;
      pool = new Pool(url, { connections: 250, headersTimeout: 70_000 });
      await before.destroy();
    },
    expectStop() {
      stopping = true;
    },
    count: () => [...answers.values()].reduce((sum, seen) => sum + [...seen.values()].reduce((a, b) => a + b, 0), 0),
    records: () => records,
    async lost() {
      const missing: string[] = [];
      for (const [tag, { opportunity, present }] of tags) {
        const has = playground.world.opportunityById.get(opportunity)?.tags.includes(tag);
        if (present !== undefined && has !== present) missing.push(`the tag "${tag}" should ${present ? "" : "not "}be there`);
      }
      for (const id of credentials) {
        const { status } = await ask("GET", `/api/v1/credentials/${id}`);
        if (status !== 200) missing.push(`the credential ${id} is answered ${status}`);
      }
      for (const { key, body } of replay) {
        const { operation, ...rest } = JSON.parse(body);
        const path = `/api/v1/operations/${operation}`;
        const { status, body: said } = await ask("POST", path, JSON.stringify(rest), { "idempotency-key": key });
        if (status !== 200 || said.meta.replayed !== true)
          missing.push(`${key} was acknowledged; repeated: ${status} ${said?.code}`);
      }
      return missing;
    },
  };
}

function toSaid({ status, body, text }: Answer): string {
  const last = body ?? (text.includes('"error"') ? lastLine(text) : undefined);
  const code = status >= 400 ? last?.code : last?.error?.code;
  if (status < 400 && code === undefined) return String(status);
  return status < 400 ? `${last.error.status} ${code}` : `${status} ${code}`;
}

function lastLine(text: string): Answer["body"] {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  return line.startsWith('{"error"') ? JSON.parse(line) : undefined;
}

/** Lever's bad days: every fault rarely, all of them together in about one call of twenty. */
export function addFaults({ lever }: LoadStage): void {
  const actions = [
    { kind: "reset", when: "before-apply" },
    { kind: "reset", when: "after-apply" },
    { kind: "reset", when: "mid-body" },
    { kind: "respond", status: 500 },
    { kind: "respond", status: 503, afterApply: true },
    { kind: "respond", status: 429, headers: { "retry-after": "0" } },
    { kind: "truncated-json" },
    { kind: "html", status: 502 },
    { kind: "delay", delayBeforeMs: 300 },
    { kind: "gzip" },
  ] as const;
  lever.playground.faults.add(actions.map((action, seed) => ({ match: { probability: 0.005, seed }, action })));
}

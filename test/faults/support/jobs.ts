import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { loadConnector } from "../../../connector/manifest.ts";
import type { Connector } from "../../../connector/types.ts";
import { isConnectorError } from "../../../errors/connector-error.ts";
import { loadKeys } from "../../../sealing/keys.ts";
import { rotateKeys } from "../../../sealing/rotate-keys.ts";
import { Secret } from "../../../sealing/secret.ts";
import { checkSentinel } from "../../../sealing/sentinel.ts";
import { accessTo } from "../../support/access.ts";
import { openParts, type Parts, type Place, type Tuning, toEnvironments, WRITE_ONCE } from "./parts.ts";
import { openRunEngine } from "./run-engine.ts";
import { say } from "./say.ts";

export const PROJECT = "p1";
const HOUR_MS = 3_600_000;
/** For a child to open a store that others are busy with. */
const OPEN_MS = 30_000;

/** What a child process can be told to do. Those that name no end go on until the process is killed. */
export type Job = { readonly place: Place; readonly tuning?: Tuning } & (
  | { readonly do: "sign"; readonly credential: string; readonly callers: number; readonly atMs?: number }
  | {
      readonly do: "execute";
      readonly credential: string;
      readonly calls: number;
      readonly operation: string;
      readonly input: object;
    }
  /** Makes, changes, renames and removes credentials. */
  | { readonly do: "credentials"; readonly prefix: string }
  /** An hour passes, a token is refreshed, and so on. */
  | { readonly do: "refreshes"; readonly credential: string }
  /** Tag writes with Idempotency-Keys, one after the other. */
  | { readonly do: "writes"; readonly credential: string; readonly prefix: string; readonly opportunities: readonly string[] }
  /** Creations by several callers at once, some of them of the same thing with the same key. */
  | { readonly do: "creates"; readonly credential: string; readonly callers: readonly (readonly Create[])[] }
  /** Works on runs, its own and those that others leave. */
  | { readonly do: "runs"; readonly name: string }
  | { readonly do: "rotate" }
  /** A first start: keys, store, proof of the keys, a first credential. */
  | { readonly do: "start" }
);
type JobOf<Name extends Job["do"]> = Extract<Job, { do: Name }>;

/** Does one job after the other; what costs much to make and tells nothing of the store is kept for the next. */
export function createJobs(): { run(job: Job): Promise<void> } {
  const connectors = new Map<string, Connector>();

  function connectorOf(url: string): Connector {
    const known = connectors.get(url);
    if (known !== undefined) return known;
    const made = loadConnector({ environments: toEnvironments(url), check: false });
    connectors.set(url, made);
    return made;
  }

  return {
    async run(job) {
      const place = job.do === "start" ? withOwnKeys(job.place) : job.place;
      const parts = openParts(place, { connector: connectorOf(place.url), ...job.tuning });
      await openPatiently(parts.store);
      try {
        await work(parts, job);
      } finally {
        await parts.close();
      }
    },
  };
}

/** What other processes keep busy is tried again, as a server is that was started and could not open it. */
async function openPatiently(store: Parts["store"]): Promise<void> {
  for (const endMs = Date.now() + OPEN_MS; ; ) {
    try {
      return await store.open();
    } catch (error) {
      if (!isConnectorError(error, "store_unavailable") || Date.now() > endMs) throw error;
      await sleep(50);
    }
  }
}

async function work(parts: Parts, job: Job): Promise<void> {
  if (job.do === "sign") await sign(parts, job);
  if (job.do === "execute") await execute(parts, job);
  if (job.do === "credentials") await writeCredentials(parts, job);
  if (job.do === "refreshes") await refresh(parts, job);
  if (job.do === "writes") await write(parts, job);
  if (job.do === "creates") await create(parts, job);
  if (job.do === "runs") await workOnRuns(parts, job);
  if (job.do === "rotate") await rotate(parts);
  if (job.do === "start") await start(parts);
}

/** As a first start does it: an embedded store gets its key file. */
export function withOwnKeys(place: Place): Place {
  return "dataDir" in place.store ? { ...place, keys: loadKeys({ dataDir: place.store.dataDir }).ring } : place;
}

async function sign({ credentials }: Parts, { credential, callers, atMs = 0 }: JobOf<"sign">): Promise<void> {
  say({ waiting: true });
  await sleep(Math.max(0, atMs - Date.now()));
  const results = await Promise.all(
    Array.from({ length: callers }, () =>
      credentials.sign(accessTo(PROJECT), credential).then(
        ({ secretVersion, authorization }) => ({ secretVersion, authorization: sha256(authorization) }),
        (error: unknown) => ({ code: codeOf(error), message: String(error) }),
      ),
    ),
  );
  say({ results });
}

async function workOnRuns(parts: Parts, { name }: JobOf<"runs">): Promise<void> {
  // Made before the first run is taken: compiling the operations takes a while.
  parts.runtime();
  openRunEngine(parts, { name, tell: say }).engine.work();
  await new Promise(() => undefined);
}

async function execute({ runtime }: Parts, { credential, calls, operation, input }: JobOf<"execute">): Promise<void> {
  const { execute: run } = runtime();
  const codes = await Promise.all(
    Array.from({ length: calls }, () =>
      run({ access: accessTo(PROJECT), operation, credential, input }).then(() => "ok", codeOf),
    ),
  );
  say({ codes });
}

async function writeCredentials({ credentials }: Parts, { prefix }: JobOf<"credentials">): Promise<void> {
  for (let n = 0; ; n += 1) {
    await steady({ n }, async () => {
      const apiKey = new Secret(`${prefix}-${n}-0`);
      const auth = { type: "api_key", apiKey } as const;
      const { id } = await credentials.create(accessTo(PROJECT), { nickname: `${prefix}-${n}`, environment: "playground", auth });
      say({ n, id, key: `${prefix}-${n}-0`, nickname: `${prefix}-${n}` });
      say({ n, next: { key: `${prefix}-${n}-1` } });
      await credentials.replaceApiKey(accessTo(PROJECT), id, new Secret(`${prefix}-${n}-1`));
      say({ n, key: `${prefix}-${n}-1` });
      say({ n, next: { nickname: `${prefix}-${n} renamed` } });
      await credentials.update(accessTo(PROJECT), id, { nickname: `${prefix}-${n} renamed` });
      say({ n, nickname: `${prefix}-${n} renamed` });
      if (n % 4 !== 3) return;
      say({ n, next: { removed: true } });
      await credentials.remove(accessTo(PROJECT), id);
      say({ n, removed: true });
    });
  }
}

async function refresh({ credentials, clock }: Parts, { credential }: JobOf<"refreshes">): Promise<void> {
  for (;;) {
    await steady({}, async () => {
      const { secretVersion } = await credentials.sign(accessTo(PROJECT), credential);
      say({ version: secretVersion, shiftMs: clock.shiftMs });
      clock.shiftMs += HOUR_MS;
    });
  }
}

async function write({ runtime }: Parts, { credential, prefix, opportunities }: JobOf<"writes">): Promise<void> {
  for (let n = 0; ; n += 1) {
    const call = toWrite(prefix, n, credential, opportunities);
    say({ n, begun: true });
    await steady({ n }, async () => {
      const { output } = await runtime().execute(call);
      say({ n, done: sha256(JSON.stringify(output)) });
    });
  }
}

/** The n-th write: parent and child make the same, the Idempotency-Key and the tag included. */
export function toWrite(prefix: string, n: number, credential: string, opportunities: readonly string[]) {
  const opportunity = opportunities[n % opportunities.length];
  return {
    access: accessTo(PROJECT),
    operation: n % 2 === 0 ? "add_opportunity_tags" : WRITE_ONCE,
    credential,
    input: { opportunity_id: opportunity, tags: [`${prefix}-${n}`] },
    idempotencyKey: `${prefix}-${n}`,
    timeoutMs: 20_000,
  };
}

/** One thing that is asked for, however often the call is made. */
export interface Create {
  readonly n: number;
  readonly kind: "opportunity" | "posting";
  /** By which the playground's ledger tells it apart, and its key where it has one. */
  readonly marker: string;
  readonly isKeyed: boolean;
  readonly isImpatient: boolean;
}

async function create({ runtime }: Parts, { credential, callers }: JobOf<"creates">): Promise<void> {
  const { execute: run, settled } = runtime();
  await Promise.all(
    callers.map(async (calls) => {
      for (const call of calls) {
        const { n } = call;
        say({ n, begun: true });
        await run(toCreate(call, credential)).then(
          ({ output }) => say({ n, done: sha256(JSON.stringify(output)) }),
          (error) => say({ n, told: codeOf(error), ...(isConnectorError(error) && error.details.applied && { applied: true }) }),
        );
      }
    }),
  );
  await settled();
}

/** Parent and child make the same call. */
export function toCreate({ kind, marker, isKeyed, isImpatient }: Create, credential: string) {
  return {
    access: accessTo(PROJECT),
    operation: `create_${kind}`,
    credential,
    input: kind === "opportunity" ? { name: marker, tags: [marker] } : { text: marker },
    ...(isKeyed && { idempotencyKey: marker }),
    timeoutMs: isImpatient ? 100 : 20_000,
  };
}

async function rotate({ store, ring }: Parts): Promise<void> {
  const { resealed, failed } = await rotateKeys({ store, ring, batch: 7, settleMs: 0, onProgress: ({ done }) => say({ done }) });
  say({ resealed, failed: failed.length });
}

async function start({ store, ring, credentials }: Parts): Promise<void> {
  say({ opened: true });
  await checkSentinel(store, ring);
  say({ proven: true });
  const auth = { type: "api_key", apiKey: new Secret("first-key") } as const;
  const { id } = await credentials.create(accessTo(PROJECT), { nickname: "first", environment: "playground", auth });
  say({ id });
}

/** A store that is away for a while ends no job: what failed is told, and the next is tried. */
async function steady(what: Readonly<Record<string, unknown>>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    say({ ...what, failed: error.code });
    await sleep(20);
  }
}

function codeOf(error: unknown): string {
  return isConnectorError(error) ? error.code : `not ours: ${String(error)}`;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

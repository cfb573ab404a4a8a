import fc from "fast-check";
import { ConnectorError, isConnectorError } from "../../../errors/connector-error.ts";
import type { FaultAction } from "../../../playground/index.ts";
import type { DocumentStore, StoredDocument } from "../../../store/document-store.ts";
import { assertWhole } from "./assert-whole.ts";
import { type Create, PROJECT, sha256, toCreate } from "./jobs.ts";
import { reopened, savedKey } from "./kill-areas.ts";
import { assertSound, type KillStage } from "./kill-stage.ts";
import type { Strike } from "./strike.ts";
import type { Line, Worker } from "./workers.ts";

type Point = Omit<Strike, "signal">;

interface Round {
  /** How this process ends: by its own hand at a point, by ours a while after it has printed some lines, or when its work is done. */
  readonly end: { readonly point: Point } | { readonly lines: number; readonly afterMs: number } | undefined;
  /** The records of those that died before it have run out. */
  readonly isLate: boolean;
}

interface Sequence {
  /** What is asked for: how each is created, and how often its call is made by this process and each one that follows. */
  readonly wanted: readonly {
    readonly kind: Create["kind"];
    readonly isKeyed: boolean;
    readonly isImpatient: boolean;
    readonly times: number;
  }[];
  readonly rounds: readonly Round[];
  readonly strikes: readonly {
    readonly kind: Create["kind"];
    readonly nth: number;
    readonly times: number;
    readonly action: FaultAction;
  }[];
}

const CALLERS = 3;
/** Longer than impatient callers wait (`toCreate`). */
const LATE_MS = 150;

const ACTIONS: readonly FaultAction[] = [
  { kind: "reset", when: "before-apply" },
  { kind: "reset", when: "after-apply" },
  { kind: "reset", when: "mid-body" },
  { kind: "short-body" },
  { kind: "truncated-json" },
  { kind: "html", status: 502, afterApply: true },
  { kind: "respond", status: 500 },
  { kind: "respond", status: 500, afterApply: true },
  { kind: "respond", status: 429, headers: { "retry-after": "0" } },
  { kind: "respond", status: 403 },
  { kind: "delay", delayBeforeMs: LATE_MS },
  { kind: "delay", delayAfterMs: LATE_MS },
];

const POINTS: readonly Point[] = [
  { when: "after", at: "insert writes" },
  { when: "before", at: "send" },
  { when: "after", at: "send" },
  { when: "before", at: "patch writes.endedAtMs" },
  { when: "after", at: "patch writes.endedAtMs" },
];

const kind = fc.constantFrom<Create["kind"]>("opportunity", "posting");
const point = fc
  .record({ at: fc.constantFrom(...POINTS), nth: fc.integer({ min: 1, max: 3 }) })
  .map(({ at, nth }) => ({ point: { ...at, nth } }));
const moment = fc.record({ lines: fc.nat(8), afterMs: fc.nat(8) });

const sequences: fc.Arbitrary<Sequence> = fc.record({
  wanted: fc.array(
    fc.record({
      kind,
      isKeyed: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      isImpatient: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 3, maxLength: 7 },
  ),
  rounds: fc.array(fc.record({ end: fc.oneof(point, moment, fc.constant(undefined)), isLate: fc.boolean() }), {
    minLength: 1,
    maxLength: 2,
  }),
  strikes: fc.array(
    fc.record({
      kind,
      nth: fc.integer({ min: 1, max: 5 }),
      times: fc.constantFrom(1, 1, 2),
      action: fc.constantFrom(...ACTIONS),
    }),
    { maxLength: 5 },
  ),
});

let sequence = 0;

/** Runs one sequence in processes of its own, then repeats every call with its key; answers everything that is wrong with what came of it. */
async function runSequence(of: Sequence, stage: KillStage): Promise<string[]> {
  const { playground } = stage.room.running;
  sequence += 1;
  playground.ledger.clear();
  playground.faults.clear();
  playground.faults.add(
    of.strikes.map(({ kind: at, action, ...when }) => ({ match: { method: "POST", pathPattern: PATHS[at], ...when }, action })),
  );
  const credential = await keyOf(stage);
  const creates = of.wanted.map(({ times: _times, ...one }, n): Create => ({ ...one, n, marker: `s${sequence}-${n}` }));
  const printed: Line[] = [];
  for (const [index, round] of of.rounds.entries()) {
    if (index > 0 && round.isLate) await reopened(stage.place, {}, ({ store }) => letExpire(store));
    // Without a key nobody could tell a repetition from another call: it is made once, by the first process.
    const calls = creates.flatMap((one) => {
      const times = one.isKeyed ? (of.wanted[one.n]?.times ?? 0) : Number(index === 0);
      return Array.from({ length: times }, () => one);
    });
    printed.push(...(await runRound(stage, round, credential, calls)));
  }
  playground.faults.clear();
  return [
    ...creates.flatMap((one) => checkTold(one, printed, madeOf(stage, one))),
    ...(await checkRepeated(stage, credential, creates, printed)),
  ];
}

const PATHS = { opportunity: "/v1/opportunities", posting: "/v1/postings" } as const;

let saved: { stage: KillStage; credential: string } | undefined;

async function keyOf(stage: KillStage): Promise<string> {
  if (saved?.stage !== stage) saved = { stage, credential: await savedKey(stage) };
  return saved.credential;
}

async function runRound(
  stage: KillStage,
  { end }: Round,
  credential: string,
  calls: readonly Create[],
): Promise<readonly Line[]> {
  const callers = Array.from({ length: CALLERS }, (_, caller) => calls.filter((_one, index) => index % CALLERS === caller));
  const worker = stage.workers.take();
  await worker.ready;
  const strike = end !== undefined && "point" in end ? { strike: { ...end.point, signal: "SIGKILL" as const } } : {};
  worker.send({ do: "creates", place: stage.place, tuning: strike, credential, callers });
  const isOver = (lines: readonly Line[]) => lines.at(-1)?.end === true;
  const most = end !== undefined && "lines" in end ? end.lines : Number.POSITIVE_INFINITY;
  await worker.until((lines) => lines.length >= most || isOver(lines) || lines.at(-1)?.struck !== undefined);
  if (end !== undefined && "afterMs" in end) await new Promise((resolve) => setTimeout(resolve, end.afterMs));
  return kill(stage, worker);
}

async function kill(stage: KillStage, worker: Worker): Promise<readonly Line[]> {
  await worker.kill();
  stage.kills += 1;
  assertSound(worker);
  // What the dead process had sent is on its way still.
  const { requests } = stage.room.running.playground;
  while (requests.report(0).inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return worker.lines;
}

/** How often the playground's ledger says that it was created. */
function madeOf({ room }: KillStage, { marker }: Create): number {
  const { ledger, world } = room.running.playground;
  return ledger.since(0).filter(({ effect, tags, postingId = "" }) => {
    if (effect === "opportunity.created") return tags?.includes(marker);
    return effect === "posting.created" && world.postingById.get(postingId)?.text === marker;
  }).length;
}

function checkTold({ n, marker }: Create, printed: readonly Line[], made: number): string[] {
  const lines = printed.filter((line) => line.n === n);
  const done = new Set(lines.flatMap((line) => line.done ?? []));
  const isSure = done.size > 0 || lines.some((line) => line.applied);
  return [
    ...(made > 1 ? [`${marker} was created ${made} times`] : []),
    ...(isSure && made === 0 ? [`${marker} was acknowledged, and was not created`] : []),
    ...(done.size > 1 ? [`${marker} was acknowledged with different answers`] : []),
  ];
}

/** Everything is repeated once all is well again: whoever had an answer gets the same, and nothing is created twice. */
async function checkRepeated(
  stage: KillStage,
  credential: string,
  creates: readonly Create[],
  printed: readonly Line[],
): Promise<string[]> {
  const wrong: string[] = [];
  await reopened(stage.place, { connector: stage.connector }, async ({ store, ring, runtime }) => {
    await letExpire(store);
    const ask = (one: Create) =>
      runtime()
        .execute({ ...toCreate(one, credential), timeoutMs: 20_000 })
        .then(
          ({ output, meta }) => ({ told: sha256(JSON.stringify(output)), isReplayed: meta.replayed === true }),
          (error: unknown) => ({ told: codeOf(error), isReplayed: false }),
        );
    for (const one of creates.filter(({ isKeyed }) => isKeyed)) {
      const done = printed.find((line) => line.n === one.n && line.done)?.done as string | undefined;
      const before = madeOf(stage, one);
      const first = await ask(one);
      const again = await ask(one);
      const made = madeOf(stage, one);
      const isOpen = first.told === "outcome_unknown";
      if (done !== undefined && (first.told !== done || !first.isReplayed))
        wrong.push(`${one.marker} was acknowledged, and the repetition was told ${first.told}`);
      if (again.told !== first.told) wrong.push(`${one.marker} was told ${first.told}, then ${again.told}`);
      if (isOpen ? made !== before : made !== 1)
        wrong.push(`${one.marker} was told ${first.told}, and was created ${made} times`);
    }
    await assertWhole(store, ring);
  });
  return wrong;
}

function codeOf(error: unknown): string {
  if (error instanceof ConnectorError && error.details.applied === true) return `${error.code}, applied`;
  return isConnectorError(error) ? error.code : String(error);
}

/** As if the time had passed that the records of killed processes stay taken for. */
async function letExpire(store: DocumentStore): Promise<void> {
  const running = { state: "running" } as const;
  for (const { id, state } of await everyWrite(store))
    if (state === "running") await store.patch("writes", PROJECT, id, { set: { leaseExpiresAtMs: 0 } }, running);
}

async function everyWrite(store: DocumentStore): Promise<StoredDocument[]> {
  const found: StoredDocument[] = [];
  for (let size = 500; size === 500; ) {
    const last = found.at(-1);
    const page = await store.find("writes", PROJECT, { sort: ["id"], limit: 500, ...(last && { after: { id: last.id } }) });
    found.push(...page);
    size = page.length;
  }
  return found;
}

/** Runs so many random sequences. `FC_SEED` makes it the same ones again; what timing does to them is not repeated. */
export async function assertCreates(stage: KillStage, numRuns: number): Promise<void> {
  const seed = process.env.FC_SEED === undefined ? Date.now() % 1_000_000_000 : Number(process.env.FC_SEED);
  process.stderr.write(`random creations: FC_SEED=${seed}\n`);
  const property = fc.asyncProperty(sequences, async (of) => {
    const wrong = await runSequence(of, stage);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
  });
  await fc.assert(property, { numRuns, seed, endOnFailure: true });
}

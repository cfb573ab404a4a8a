import { isConnectorError } from "../../../errors/connector-error.ts";
import { type FaultAction, type RunningPlayground, startPlayground } from "../../../playground/index.ts";
import type { ExecuteOptions } from "../../../runtime/types.ts";
import { accessTo } from "../../support/access.ts";
import { makeFolder, type Opened, openRuntime } from "./open-runtime.ts";

interface Case {
  readonly name: string;
  readonly action: FaultAction | "refused";
  /** What the caller is told, and again when it repeats the call with its key. */
  readonly told: "outcome_unknown" | "upstream_invalid_response" | "permission_denied" | "upstream_unreachable" | "ok";
  readonly again: "outcome_unknown" | "upstream_invalid_response" | "ok";
  /** Opportunities made by the first call. */
  readonly made: 0 | 1;
}

const UNKNOWN = { told: "outcome_unknown", again: "outcome_unknown" } as const;
const APPLIED = { told: "upstream_invalid_response", again: "upstream_invalid_response", made: 1 } as const;
/** Long enough that calls are on the wire by then, on a busy machine as well. */
const IMPATIENT_MS = 1_500;
const LATE_MS = 2_500;
const AT_ONCE = 20;

export const CREATE_FAULTS: readonly Case[] = [
  { name: "a reset before it is applied", action: { kind: "reset", when: "before-apply" }, ...UNKNOWN, made: 0 },
  { name: "a reset after it was applied", action: { kind: "reset", when: "after-apply" }, ...UNKNOWN, made: 1 },
  { name: "a 500 before it is applied", action: { kind: "respond", status: 500 }, ...UNKNOWN, made: 0 },
  { name: "a 500 after it was applied", action: { kind: "respond", status: 500, afterApply: true }, ...UNKNOWN, made: 1 },
  { name: "a 503 after it was applied", action: { kind: "respond", status: 503, afterApply: true }, ...UNKNOWN, made: 1 },
  { name: "HTML after it was applied", action: { kind: "html", status: 502, afterApply: true }, ...UNKNOWN, made: 1 },
  { name: "a reset within the answer", action: { kind: "reset", when: "mid-body" }, ...APPLIED },
  { name: "an answer that ends early", action: { kind: "short-body" }, ...APPLIED },
  { name: "a truncated answer", action: { kind: "truncated-json" }, ...APPLIED },
  { name: "a late effect", action: { kind: "delay", delayBeforeMs: LATE_MS }, told: "outcome_unknown", again: "ok", made: 1 },
  { name: "a late answer", action: { kind: "delay", delayAfterMs: LATE_MS }, told: "outcome_unknown", again: "ok", made: 1 },
  {
    name: "a 429",
    action: { kind: "respond", status: 429, headers: { "retry-after": "0" } },
    told: "ok",
    again: "ok",
    made: 1,
  },
  { name: "a 403", action: { kind: "respond", status: 403 }, told: "permission_denied", again: "ok", made: 0 },
  { name: "a refused connection", action: "refused", told: "upstream_unreachable", again: "ok", made: 0 },
];

export interface Creating {
  /** Makes `count` opportunities under one kind of fault, repeats each call with its key, and answers everything that is wrong. */
  strike(of: Case, count: number): Promise<string[]>;
  close(): Promise<void>;
}

export async function openCreating(): Promise<Creating> {
  const playground = await startPlayground({ port: 0, opportunities: 10, rateLimit: false });
  // Nobody listens on port 1.
  const folder = makeFolder({ lever: `${playground.url}/v1`, nobody: "http://127.0.0.1:1/v1" });
  const opened = await openRuntime(folder.path, { waits: 0.02 });
  const user = [...playground.playground.world.userById.keys()][0] as string;
  const credentials = { lever: await opened.credential("lever", user), nobody: await opened.credential("nobody", user) };
  return {
    strike: (of, count) => strike(of, count, { playground, opened, ...credentials }),
    async close() {
      await opened.dispose();
      await playground.close();
      folder.remove();
    },
  };
}

interface Stage {
  readonly playground: RunningPlayground;
  readonly opened: Opened;
  readonly lever: string;
  readonly nobody: string;
}

let markers = 0;

async function strike({ name, action, told, again, made }: Case, count: number, stage: Stage): Promise<string[]> {
  const { ledger, faults } = stage.playground.playground;
  const calls = Array.from({ length: count }, () => `opportunity ${++markers}`);
  const madeOf = (marker: string) => ledger.since(0).filter(({ tags }) => tags?.includes(marker)).length;
  const wrong: string[] = [];
  const check = (what: string, is: unknown, expected: unknown) => {
    if (is !== expected) wrong.push(`${name}: ${what} is ${String(is)}, not ${String(expected)}`);
  };
  ledger.clear();
  faults.clear();
  // A 429 strikes each call once on its own, the others always.
  if (action !== "refused") faults.add([{ match: { method: "POST", ...(told === "ok" && { times: 1 }) }, action }]);
  const late = action !== "refused" && ("delayBeforeMs" in action || "delayAfterMs" in action);
  const first = action === "refused" ? stage.nobody : stage.lever;
  /** Their time was up before they were on the wire, as it may be on a busy machine: nothing may have been made. */
  const tooLate = new Set<string>();
  await eachOf(calls, async (marker) => {
    const said = await create(stage, first, marker, late ? { timeoutMs: IMPATIENT_MS } : {});
    if (late && said === "upstream_timeout") tooLate.add(marker);
    else check("what was told", said, told);
  });
  if (tooLate.size === calls.length) wrong.push(`${name}: no call was on the wire in time`);
  await stage.opened.runtime.settled();
  for (const marker of calls) check("the number made", madeOf(marker), tooLate.has(marker) ? 0 : made);
  faults.clear();
  // The other environment's call is another call: its key would be refused.
  if (action !== "refused") {
    await eachOf(calls, async (marker) => check("what was told again", await create(stage, first, marker), again));
    for (const marker of calls) check("the number made in the end", madeOf(marker), again === "ok" ? 1 : made);
  }
  return wrong;
}

function create({ opened }: Stage, credential: string, marker: string, more: Partial<ExecuteOptions> = {}): Promise<string> {
  const input = { name: marker, tags: [marker] };
  const call = {
    access: accessTo("default"),
    operation: "create_opportunity",
    credential,
    input,
    idempotencyKey: marker.replace(" ", "-"),
  };
  return opened.runtime.execute({ ...call, ...more }).then(
    () => "ok",
    (error) => (isConnectorError(error) ? error.code : String(error)),
  );
}

async function eachOf(markers: readonly string[], work: (marker: string) => Promise<void>): Promise<void> {
  const left = [...markers];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let marker = left.shift(); marker !== undefined; marker = left.shift()) await work(marker);
    }),
  );
}

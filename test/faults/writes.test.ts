import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { FaultAction, FaultSpec } from "../../playground/index.ts";
import type { ExecuteOptions, ExecuteResult } from "../../runtime/types.ts";
import { accessTo } from "../support/access.ts";
import { stopBetweenWrites } from "../support/stop-between-writes.ts";
import { assertSequences, openStage, type Stage } from "./support/assert-sequences.ts";
import { CREATE_FAULTS, type Creating, openCreating } from "./support/create-faults.ts";
import { type RuntimeProcess, startRuntimeProcess } from "./support/runtime-process.ts";

/** Of callers who leave while their write is on the wire: it has to get there first, on a busy machine as well. */
const PATIENCE_MS = 1_500;

let stage: Stage;
let target: string;
let tag: string;
let tags = 0;
beforeAll(async () => {
  stage = await openStage();
  target = [...stage.playground.playground.world.opportunityById.keys()].at(-1) as string;
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.playground.playground.faults.clear();
  stage.playground.playground.ledger.clear();
  tag = `Tag ${++tags}`;
});

const fault = (action: FaultAction, times?: number) => {
  const spec: FaultSpec = { match: { method: "POST", ...(times !== undefined && { times }) }, action };
  stage.playground.playground.faults.add([spec]);
};
const effects = () =>
  stage.playground.playground.ledger
    .since(0)
    .filter((effect) => effect.tags?.includes(tag))
    .map(({ effect }) => effect.replace("opportunity.tags_", ""));
const isThere = () =>
  stage.playground.playground.world.opportunityById.get(target)?.tags.filter((one) => one === tag).length as number;

type More = Partial<ExecuteOptions> & { runtime?: 0 | 1 };
const write = (past: "add" | "remove", { runtime = 0, ...more }: More = {}): Promise<ExecuteResult> =>
  stage.runtimes[runtime].runtime.execute({
    access: accessTo("default"),
    operation: past === "add" ? "add_opportunity_tags" : "remove_opportunity_tags",
    credential: stage.credential,
    input: { opportunity_id: target, tags: [tag] },
    ...more,
  });
/** What the caller learns. */
const told = (result: Promise<ExecuteResult>) =>
  result.then(
    ({ meta }) => (meta.replayed ? "ok, replayed" : "ok"),
    (error) => {
      if (!isConnectorError(error)) throw error;
      return error.details.applied === true ? `${error.code}, applied` : error.code;
    },
  );
const settled = () => stage.runtimes[0].runtime.settled();
const until = async (holds: () => boolean) => {
  const giveUpAt = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error("it did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe("a tag write that may or may not have arrived", () => {
  it.each<[string, FaultAction, number]>([
    ["a reset before it is applied", { kind: "reset", when: "before-apply" }, 1],
    ["a reset after it was applied", { kind: "reset", when: "after-apply" }, 2],
    ["a 500 before it is applied", { kind: "respond", status: 500 }, 1],
    ["a 500 after it was applied", { kind: "respond", status: 500, afterApply: true }, 2],
    ["a 503 after it was applied", { kind: "respond", status: 503, afterApply: true }, 2],
    ["HTML after it was applied", { kind: "html", afterApply: true }, 2],
    ["a 429", { kind: "respond", status: 429, headers: { "retry-after": "0" } }, 1],
  ])("is repeated after %s, and the tag is there once", async (_name, action, sent) => {
    fault(action, 1);
    expect(await told(write("add", { idempotencyKey: tag.replace(" ", "-") }))).toBe("ok");
    expect([effects().length, isThere()]).toEqual([sent, 1]);
    expect(await told(write("add", { idempotencyKey: tag.replace(" ", "-"), runtime: 1 }))).toBe("ok, replayed");
    expect(effects()).toHaveLength(sent);
  });

  it.each<[string, FaultAction]>([
    ["is cut in the middle", { kind: "reset", when: "mid-body" }],
    ["ends early", { kind: "short-body" }],
    ["is truncated", { kind: "truncated-json" }],
    ["is compressed", { kind: "gzip" }],
    ["is HTML", { kind: "html", status: 200, afterApply: true }],
  ])("was applied once when its answer %s, and the caller is told so, as often as it asks", async (_name, action) => {
    fault(action, 1);
    const key = { idempotencyKey: tag.replace(" ", "-") };
    for (const runtime of [0, 1, 0] as const)
      expect(await told(write("add", { ...key, runtime }))).toBe("upstream_invalid_response, applied");
    expect([effects(), isThere()]).toEqual([["added"], 1]);
  });

  it("was applied once when its answer is not as documented, and is not sent again", async () => {
    fault({ kind: "replace-body", body: { data: { id: 7 } } }, 1);
    const key = { idempotencyKey: tag.replace(" ", "-") };
    const answers = ["ok", "ok, replayed", "ok, replayed"];
    for (const [index, answer] of answers.entries())
      expect(await told(write("add", { ...key, runtime: index === 1 ? 1 : 0 }))).toBe(answer);
    expect([effects(), isThere()]).toEqual([["added"], 1]);
  });

  it.each<[string, FaultAction, number]>([
    ["resets before it is applied", { kind: "reset", when: "before-apply" }, 0],
    ["resets after it was applied", { kind: "reset", when: "after-apply" }, 1],
    ["500s after it was applied", { kind: "respond", status: 500, afterApply: true }, 1],
  ])("ends as unknown when there are only %s, and may be repeated with its key", async (_name, action, there) => {
    fault(action);
    const key = { idempotencyKey: tag.replace(" ", "-") };
    await expect(write("add", key)).rejects.toMatchObject({ code: "outcome_unknown", details: { repeatable: true } });
    expect(isThere()).toBe(there);
    stage.playground.playground.faults.clear();
    expect(await told(write("add", { ...key, runtime: 1 }))).toBe("ok");
    expect(isThere()).toBe(1);
    expect(await told(write("add", key))).toBe("ok, replayed");
  });

  it.each<[string, (late: ExecuteOptions["timeoutMs"]) => Partial<ExecuteOptions>]>([
    ["whose time was up", (timeoutMs) => ({ timeoutMs: timeoutMs as number })],
    ["who gave up", (timeoutMs) => ({ signal: AbortSignal.timeout(timeoutMs as number) })],
  ])("is followed to its end for a caller %s, and its key tells how it ended", async (_name, leaving) => {
    fault({ kind: "delay", delayAfterMs: 4_000 }, 1);
    const key = { idempotencyKey: tag.replace(" ", "-") };
    const startedAt = Date.now();
    expect(await told(write("add", { ...key, ...leaving(PATIENCE_MS) }))).toBe("outcome_unknown");
    expect(Date.now() - startedAt).toBeLessThan(3_500);
    expect(await told(write("add", { ...key, runtime: 1 }))).toBe("idempotency_in_progress");
    await settled();
    expect(await told(write("add", { ...key, runtime: 1 }))).toBe("ok, replayed");
    expect([effects(), isThere()]).toEqual([["added"], 1]);
  });

  it("cannot come after a newer one, in this process or another, although its caller has left", async () => {
    for (const runtime of [0, 1] as const) {
      tag = `Tag ${++tags}`;
      stage.playground.playground.faults.clear();
      fault({ kind: "delay", delayBeforeMs: 3_000 }, 1);
      expect(await told(write("add", { timeoutMs: PATIENCE_MS }))).toBe("outcome_unknown");
      expect(await told(write("remove", { runtime }))).toBe("ok");
      expect([effects(), isThere()]).toEqual([["added", "removed"], 0]);
    }
  });

  it("is not sent at all when the caller leaves while it waits for its turn", async () => {
    fault({ kind: "delay", delayBeforeMs: 3_000 }, 1);
    const first = write("add");
    await until(() => stage.playground.playground.requests.report(0).inFlight > 0);
    expect(await told(write("remove", { timeoutMs: 300 }))).toBe("write_in_progress");
    expect(await told(write("remove", { signal: AbortSignal.timeout(300) }))).toBe("cancelled");
    await first;
    expect(effects()).toEqual(["added"]);
  });
});

describe("a process that was stopped in the middle of a write", () => {
  let stopped: RuntimeProcess;
  beforeAll(async () => {
    stopped = await startRuntimeProcess(stage.folder, { leaseMs: 500 });
  });
  afterAll(() => stopped.close());

  it("is told that it was overtaken, and sends nothing more", async () => {
    // The service asks it to wait for a second; it is stopped in that time, and a newer write goes ahead.
    fault({ kind: "respond", status: 503, headers: { "retry-after": "1" }, afterApply: true }, 1);
    const call = {
      operation: "add_opportunity_tags",
      credential: stage.credential,
      input: { opportunity_id: target, tags: [tag] },
      idempotencyKey: "overtaken",
    };
    const overtaken = stopped.run(call);
    await until(() => effects().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stopBetweenWrites(stopped.process, stage.folder);
    const newer = await told(write("remove")).finally(() => stopped.process.kill("SIGCONT"));
    expect(newer).toBe("ok");
    expect((await overtaken).code).toBe("superseded");
    // Sent again it would undo the newer write, so the key tells the same in every process.
    expect((await stopped.run(call)).code).toBe("superseded");
    expect(await told(write("add", { idempotencyKey: "overtaken" }))).toBe("superseded");
    expect([effects(), isThere()]).toEqual([["added", "removed"], 0]);
  });
});

describe("a write that makes something new each time", () => {
  let creating: Creating;
  beforeAll(async () => {
    creating = await openCreating();
  });
  afterAll(() => creating.close());

  it.each(CREATE_FAULTS.map((of) => [of.name, of] as const))("never makes two under %s", async (_name, of) => {
    expect(await creating.strike(of, 8)).toEqual([]);
  });
});

describe("random sequences of tag writes with faults", () => {
  it("leave the tags that the acknowledged writes make, in their order", () => assertSequences(stage, 20), 60_000);
});

import { spawn } from "node:child_process";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { RuntimeEvent } from "../../runtime/events.ts";
import type { NewEndpoint } from "../../schemas/types/index.ts";
import { createKeyRing, type KeyRing } from "../../sealing/encrypt.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import { rotateKeys } from "../../sealing/rotate-keys.ts";
import { reveal } from "../../sealing/secret.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { openStore, type StoreLocation } from "../../store/index.ts";
import { createTriggers, type Triggers, type TriggersOptions } from "../../triggers/create-triggers.ts";
import { loadPresets } from "../../triggers/presets.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { until } from "../support/until.ts";
import { type Arrived, recordingSubscribers, runsIn } from "./recording-subscribers.ts";

/** Processes are started, and a busy machine takes long for that. */
jest.setTimeout(240_000);

const CHILD = join(import.meta.dirname, "child.ts");
const KEYS = `k:${randomBytes(32).toString("base64")}`;
const DAY_MS = 86_400_000;
/** A busy machine's disk takes seconds for a write. */
const PATIENCE_MS = 90_000;
const presets = loadPresets();

describe("deliveries on the embedded store", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "deliveries-"));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  suite(async () => ({ dataDir }));
});

describeWithMongod("deliveries on MongoDB", () => {
  suite(async () => ({ mongodbUri: (await sharedMongod()).dbUri("deliveries") }));
});

function suite(where: () => Promise<StoreLocation>): void {
  let location: StoreLocation;
  let store: DocumentStore;
  let ring: KeyRing;
  let access: ReturnType<typeof accessTo>;
  let workflows: string[];
  let events: RuntimeEvent[];
  const opened: Triggers[] = [];
  const children: ReturnType<typeof spawn>[] = [];

  beforeAll(async () => {
    location = await where();
    store = openStore(location);
    await store.open();
    ring = createKeyRing(parseKeys(KEYS));
  });
  afterAll(() => store.dispose());
  beforeEach(() => {
    access = accessTo(`p-${randomUUID()}`);
    workflows = ["first", "second"];
    events = [];
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(opened.splice(0).map((one) => one.stop()));
    // No later test may meet what this one has left.
    for (const name of ["deliveries", "endpoints", "runs"] as const) await store.removeMany(name, access.project, {});
  });

  function open(options: Partial<TriggersOptions> = {}): Triggers {
    const triggers = createTriggers({
      ...{ store, ring, presets, publicUrl: "https://connector.example.com", pollMs: 100, firstPauseMs: 0, leaseMs: 60_000 },
      subscribers: recordingSubscribers(store, () => workflows),
      tell: (event) => void events.push(event),
      ...options,
    });
    opened.push(triggers);
    return triggers;
  }

  async function endpoint(triggers: Triggers, wanted: Partial<NewEndpoint> = { preset: "hmac" }) {
    const created = await triggers.endpoints.create(access, { name: "sender", ...wanted });
    return { ...created.endpoint, secret: created.secret === null ? "" : reveal(created.secret) };
  }

  const arrivalOf = ({ id }: { id: string }, secret: string, body: string): Arrived => ({
    endpoint: id,
    rawHeaders: ["X-Signature", createHmac("sha256", secret).update(body).digest("hex")],
    body,
  });
  const send = (triggers: Triggers, { body, ...arrival }: Arrived) =>
    triggers.take({ ...arrival, body: Buffer.from(body), requestId: "req_test" });
  const refusal = (triggers: Triggers, arrival: Arrived) =>
    send(triggers, arrival).then(
      () => "accepted",
      (error) => JSON.stringify(error),
    );
  const runs = () => runsIn(store, access.project);
  const list = async (triggers: Triggers) => (await triggers.deliveries.list(access)).data;
  const ended = (triggers: Triggers, count: number) =>
    until(async () => (await list(triggers)).filter(({ state }) => state !== "pending").length === count, PATIENCE_MS);

  it("start each workflow once for each event, however often it comes and however many processes take it", async () => {
    const both = [open(), open()] as const;
    const { secret, ...hook } = await endpoint(both[0]);
    for (const one of both) one.start();
    const bodies = ['{"n":1,"id":12345678901234567890}', '{"n":2}', '{"n":3}'];
    const sent = bodies.flatMap((body) => [0, 1, 0, 1].map((at) => send(both[at as 0 | 1], arrivalOf(hook, secret, body))));
    const answers = await Promise.all(sent);
    expect(answers.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(bodies.length);
    await ended(both[0], bodies.length);
    const started = await runs();
    expect(started).toHaveLength(bodies.length * workflows.length);
    const [newest] = (await list(both[0])).filter(({ bytes }) => bytes === bodies[0]?.length);
    expect(newest).toMatchObject({ state: "done", error: null, note: null, replays: 0, attempts: 1, endpoint: hook.id });
    expect(newest?.runs.map(({ name }) => name)).toEqual(workflows);
    expect(newest?.verification).toMatchObject({ provider: "hmac", outcome: "ignored", test: null });
    expect(await send(both[1], arrivalOf(hook, secret, bodies[0] as string))).toEqual({ isDuplicate: true });
    expect(events.filter(({ type }) => type === "delivery_ended")).toHaveLength(bodies.length);
  });

  it.each(["recorded", "half"] as const)("are worked on by another process where one is killed: %s", async (moment) => {
    const triggers = open();
    const { secret, ...hook } = await endpoint(triggers);
    const arrival = arrivalOf(hook, secret, '{"precious":true}');
    const wanted = JSON.stringify({ location, keys: KEYS, workflows, arrival, moment });
    const child = spawn(process.execPath, ["--import", "tsx", CHILD, wanted], { stdio: ["ignore", "inherit", "inherit"] });
    children.push(child);
    expect(await new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)))).toBe("SIGKILL");
    const before = await runs();
    expect([before.length, (await list(triggers)).map(({ state }) => state)]).toEqual([moment === "half" ? 1 : 0, ["pending"]]);
    triggers.start();
    // The sender has had no answer, and sends it again.
    expect(await send(triggers, arrival)).toEqual({ isDuplicate: true });
    await ended(triggers, 1);
    expect((await runs()).map(({ workflow }) => workflow).sort()).toEqual(workflows);
    expect((await list(triggers))[0]?.runs).toHaveLength(2);
  });

  it("are refused with one answer, and nothing is kept of them but a count", async () => {
    let nowMs = Date.now();
    const triggers = open({ now: () => nowMs });
    const { secret, ...hook } = await endpoint(triggers, { preset: "standard-webhooks" });
    const other = await endpoint(triggers, { preset: "hmac", name: "other" });
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signed = (body: string, atMs = nowMs, signedBody = body): Arrived => {
      const at = String(Math.floor(atMs / 1000));
      const signature = createHmac("sha256", key).update(`msg_1.${at}.${signedBody}`).digest("base64");
      const rawHeaders = ["webhook-id", "msg_1", "Webhook-Timestamp", at, "webhook-signature", `v1,${signature}`];
      return { endpoint: hook.id, rawHeaders, body };
    };
    const good = signed("{}");
    const strange = [
      { ...good, endpoint: "hook_00000000000000000000000000" },
      { ...good, endpoint: "../../etc/passwd" },
      { ...good, endpoint: other.id },
      { ...good, rawHeaders: [] },
      { ...good, rawHeaders: [...good.rawHeaders, "webhook-id", "msg_2"] },
      { ...good, rawHeaders: good.rawHeaders.map((value) => value.replace("v1,", "v1,A")) },
      signed('{"a":2}', nowMs, '{"a":1}'),
      signed("{}", nowMs - 301_000),
      signed("{}", nowMs + 301_000),
    ];
    const answers = new Set<string>();
    for (const one of strange) answers.add(await refusal(triggers, one));
    await triggers.endpoints.update(access, hook.id, { paused: true });
    answers.add(await refusal(triggers, good));
    expect([...answers]).toEqual([expect.stringContaining('"webhook_rejected"')]);
    expect([await list(triggers), await runs()]).toEqual([[], []]);
    await triggers.stop();
    expect((await triggers.endpoints.resolve(access, hook.id)).refused).toEqual({
      count: 7,
      lastAt: new Date(nowMs).toISOString(),
    });
    const reasons = events.map((event) => (event.type === "delivery_refused" ? event.reason : event.type));
    expect(reasons.slice(0, 2)).toEqual(["unknown_endpoint", "unknown_endpoint"]);
    expect(reasons).toEqual(expect.arrayContaining(["signature_wrong", "too_old", "too_new", "paused"]));
    await triggers.endpoints.update(access, hook.id, { paused: false });
    nowMs += 1_000;
    expect(await send(triggers, signed("{}"))).toEqual({ isDuplicate: false });
  });

  it("are accepted under the secret before for as long as was said, and under one of the sender's choice once it is there", async () => {
    let nowMs = Date.now();
    const triggers = open({ now: () => nowMs });
    const { secret: first, ...hook } = await endpoint(triggers);
    const rotated = await triggers.endpoints.rotate(access, hook.id, { keepSeconds: 60 });
    const second = reveal(rotated.secret as never);
    expect([second === first, rotated.endpoint.previousSecretUntil]).toEqual([false, new Date(nowMs + 60_000).toISOString()]);
    let sent = 0;
    const isTaken = async (secret: string) => {
      sent += 1;
      return (await refusal(triggers, arrivalOf(hook, secret, `{"n":${sent}}`))) === "accepted";
    };
    expect([await isTaken(first), await isTaken(second)]).toEqual([true, true]);
    nowMs += 60_001;
    expect([await isTaken(first), await isTaken(second)]).toEqual([false, true]);
    await triggers.endpoints.rotate(access, hook.id, { settings: { secret: " chosen " }, keepSeconds: 0 });
    expect([await isTaken(second), await isTaken("chosen")]).toEqual([false, true]);
    const theirs = await triggers.endpoints.create(access, { name: "persona", preset: "persona" });
    expect([theirs.secret, theirs.endpoint.settings]).toEqual([
      null,
      [expect.objectContaining({ name: "secret", isSet: false })],
    ]);
    await expect(triggers.endpoints.rotate(access, theirs.endpoint.id)).rejects.toMatchObject({ code: "input_invalid" });
    const set = await triggers.endpoints.update(access, theirs.endpoint.id, { settings: { secret: "wbhsec_x" } });
    expect(set.settings[0]?.isSet).toBe(true);
    const kept = JSON.stringify(await store.find("endpoints", access.project));
    for (const secret of [first, second, "chosen", "wbhsec_x"]) expect(kept).not.toContain(secret);
    // What is sealed opens under a new key as well.
    const keys = parseKeys(`n:${randomBytes(32).toString("base64")}`);
    const next = createKeyRing([...keys, ...parseKeys(KEYS)]);
    expect((await rotateKeys({ store, ring: next, settleMs: 0 })).failed).toEqual([]);
    const rotatedTriggers = open({ ring: createKeyRing(keys), now: () => nowMs });
    expect(await refusal(rotatedTriggers, arrivalOf(hook, "chosen", '{"new":"key"}'))).toBe("accepted");
  });

  it("that cannot be worked on are dead letters after some attempts, told of once, and others are not held up", async () => {
    const broken = new Set(["second"]);
    const refuses = (workflow: string) => (broken.has(workflow) ? new Error("canary of a text") : undefined);
    const triggers = open({ subscribers: recordingSubscribers(store, () => workflows, { refuses }) });
    const { secret, ...hook } = await endpoint(triggers);
    await send(triggers, arrivalOf(hook, secret, '{"poison":1}'));
    const [poison] = await list(triggers);
    await store.patch("deliveries", access.project, String(poison?.id), { set: { body: "v3.k.x.y" } });
    await send(triggers, arrivalOf(hook, secret, '{"half":1}'));
    triggers.start();
    await ended(triggers, 2);
    const [half, dead] = await list(triggers);
    expect(dead).toMatchObject({
      state: "dead",
      attempts: 8,
      runs: [],
      error: { code: "sealed_data_invalid" },
      nextAttemptAt: null,
    });
    expect(half).toMatchObject({ state: "dead", attempts: 8, runs: [{ name: "first" }], error: { code: "internal_error" } });
    expect(JSON.stringify(half)).not.toContain("canary");
    const [untold] = await store.find("deliveries", access.project, { where: { untoldAtMs: { gt: 0 } }, limit: 1 });
    expect(untold?.untold).toEqual([expect.objectContaining({ type: "delivery.dead" })]);
    await send(triggers, arrivalOf(hook, secret, '{"fine":1}'));
    broken.clear();
    const replayed = await triggers.deliveries.replay(access, String(half?.id));
    expect(replayed).toMatchObject({ state: "pending", replays: 0 });
    await until(async () => (await triggers.deliveries.get(access, replayed.id)).state === "done", PATIENCE_MS);
    // The first workflow was started already.
    const { runs: started, body } = await triggers.deliveries.get(access, replayed.id);
    expect([started.map(({ name }) => name), body]).toEqual([workflows, { half: 1 }]);
    await until(async () => (await runs()).length === 4, PATIENCE_MS);
  });

  it("are replayed one by one, or all of a span of time, which starts their workflows anew", async () => {
    let nowMs = Date.now() - 10_000;
    const triggers = open({ now: () => nowMs });
    const { secret, ...hook } = await endpoint(triggers);
    workflows = ["only"];
    triggers.start();
    for (let n = 0; n < 3; n += 1) {
      nowMs += 1_000;
      await send(triggers, arrivalOf(hook, secret, `{"n":${n}}`));
    }
    await ended(triggers, 3);
    const [third, second] = await list(triggers);
    const again = await triggers.deliveries.replay(access, String(third?.id));
    await ended(triggers, 3);
    await until(async () => (await triggers.deliveries.get(access, again.id)).runs.length === 2, PATIENCE_MS);
    expect(await runs()).toHaveLength(4);
    const range = { from: String(second?.createdAt), to: String(third?.createdAt), endpoint: hook.id };
    expect(await triggers.deliveries.replayRange(access, range)).toEqual({ replayed: 1, skipped: 0, next: null });
    await until(async () => (await runs()).length === 5, PATIENCE_MS);
    expect(await triggers.deliveries.replayRange(access, { ...range, state: "dead" })).toMatchObject({ replayed: 0 });
    await triggers.stop();
    // Nobody works on it now.
    await triggers.deliveries.replay(access, String(second?.id));
    await expect(triggers.deliveries.replay(access, String(second?.id))).rejects.toMatchObject({ code: "conflict" });
    await expect(triggers.deliveries.replay(access, "dlv_0")).rejects.toMatchObject({ code: "not_found" });
  });

  it("lose what they hold with time, and are recognized for thirty days; what was forgotten is not replayed", async () => {
    let nowMs = Date.now() - 40 * DAY_MS;
    const triggers = open({ now: () => nowMs });
    const { secret, ...hook } = await endpoint(triggers);
    workflows = [];
    triggers.start();
    const sent = ['{"old":1}', '{"week":1}', '{"new":"nadia@example.com"}'].map((body) => arrivalOf(hook, secret, body));
    for (const [at, arrival] of sent.entries()) {
      nowMs = Date.now() - ([40, 10, 0][at] as number) * DAY_MS;
      await send(triggers, arrival);
    }
    await ended(triggers, 3);
    expect((await list(triggers))[0]).toMatchObject({ note: "No published workflow is started by this endpoint", runs: [] });
    await triggers.deliveries.sweep(access, 7 * DAY_MS);
    const left = await list(triggers);
    expect(left.map(({ state, verification }) => [state, verification === null])).toEqual([
      ["done", false],
      ["expired", true],
    ]);
    expect(await send(triggers, sent[1] as Arrived)).toEqual({ isDuplicate: true });
    expect(await triggers.deliveries.forget(access, (value) => JSON.stringify(value).includes("nadia"))).toBe(1);
    const [forgotten] = await list(triggers);
    expect(forgotten).toMatchObject({ state: "done", verification: null, forgottenAt: expect.any(String) });
    await expect(triggers.deliveries.replay(access, String(forgotten?.id))).rejects.toMatchObject({ code: "conflict" });
    expect(JSON.stringify(await store.find("deliveries", access.project))).not.toContain("nadia");
    expect(await send(triggers, sent[2] as Arrived)).toEqual({ isDuplicate: true });
  });

  it("come by a preset of the endpoint's own, which must prove who sends and describe bodies cheaply", async () => {
    const triggers = open();
    const signature = { scheme: "hmac", from: "header:x-mine", content: "{header:x-id}.{body}" };
    const definition = {
      ...{ id: "mine", title: "Mine", setup: ["Ask me."], settings: [{ name: "secret", title: "Secret", generate: true }] },
      ...{ signature, tolerance: null, eventId: "header:x-id", eventType: "/what", reference: "/about" },
      decision: { cases: [{ when: { "/what": "ok" }, outcome: "approved" }], else: "pending" },
      schema: { type: "object", properties: { what: { type: "string" }, who: { type: "string", "x-sensitive": "pii" } } },
    };
    const { secret, ...hook } = await endpoint(triggers, { definition });
    expect([hook.preset, hook.definition]).toEqual(["mine", definition]);
    const body = '{"what":"ok","about":"opp-1","who":"Nadia","more":"text"}';
    const mine = createHmac("sha256", secret).update(`e1.${body}`).digest("hex");
    await send(triggers, { endpoint: hook.id, rawHeaders: ["x-mine", mine, "x-id", "e1"], body });
    const [taken] = await list(triggers);
    expect(taken?.verification).toMatchObject({ provider: "mine", outcome: "approved", reference: "opp-1", eventId: "e1" });
    const { body: shown } = await triggers.deliveries.get(access, String(taken?.id));
    expect(shown).toMatchObject({ what: "ok", who: "[redacted]" });
    const wrong: NewEndpoint[] = [
      { name: "w", definition: { ...definition, signature: { scheme: "none" }, eventId: "body:sha256" } },
      { name: "w", definition: { ...definition, schema: { type: "string", pattern: "(a+)+$" } } },
      { name: "w", definition: { nothing: true } },
      { name: "w", preset: "unheard-of" },
      { name: "w", preset: "hmac", definition },
      { name: "w", preset: "hmac", settings: { token: "x" } },
      { name: "hook_w", preset: "hmac" },
      { name: "w" },
    ];
    for (const one of wrong)
      await expect([one, await triggers.endpoints.create(access, one).catch((error) => error.code)]).toEqual([
        one,
        "input_invalid",
      ]);
    await expect(triggers.endpoints.create(access, { name: "sender", preset: "hmac" })).rejects.toMatchObject({
      code: "conflict",
    });
  });
}

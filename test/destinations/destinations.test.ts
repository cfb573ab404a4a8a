import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createDestinations, type Destinations, type DestinationsOptions } from "../../destinations/create-destinations.ts";
import { GIVE_UP_MS, nextAttempt, PAUSES } from "../../destinations/next-attempt.ts";
import { createPacing } from "../../destinations/pacing.ts";
import type { EndedMessage } from "../../destinations/types.ts";
import type { RuntimeEvent } from "../../runtime/events.ts";
import { createKeyRing, type KeyRing } from "../../sealing/encrypt.ts";
import { rotateKeys } from "../../sealing/rotate-keys.ts";
import { reveal } from "../../sealing/secret.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { openStore, type StoreLocation } from "../../store/index.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { type Receiver, startReceiver, until, verify } from "./receiver.ts";

const CHILD = join(import.meta.dirname, "child.ts");
/** Processes are started, and a busy machine takes long for that. */
jest.setTimeout(90_000);
const SHORT = { firstMs: 20, longestMs: 200 };

describe("how long to wait after an attempt", () => {
  const waitAfter = (attempts: number, more = {}) => nextAttempt({ attempts, leftMs: GIVE_UP_MS, random: 0.5, ...more });

  it("grows from seconds to hours, with some jitter, and never beyond the end of the message's day", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((attempts) => waitAfter(attempts))).toEqual([
      ...[5_000, 20_000, 80_000, 320_000, 1_280_000, 5_120_000, PAUSES.longestMs, PAUSES.longestMs],
    ]);
    expect([waitAfter(1, { random: 0 }), waitAfter(1, { random: 0.75 })]).toEqual([4_000, 5_500]);
    expect(waitAfter(9, { leftMs: 60_000 })).toBe(60_000);
    expect([waitAfter(9, { leftMs: 0 }), waitAfter(9, { leftMs: -1 })]).toEqual([undefined, undefined]);
  });

  it("is what the receiver asked for where that is longer", () => {
    expect([waitAfter(1, { retryAfterMs: 60_000 }), waitAfter(6, { retryAfterMs: 1_000 })]).toEqual([60_000, 5_120_000]);
    expect(waitAfter(1, { retryAfterMs: 2 * GIVE_UP_MS })).toBe(GIVE_UP_MS);
  });

  it("makes about a dozen attempts in a day", () => {
    let atMs = 0;
    let attempts = 1;
    for (; ; attempts += 1) {
      const waitMs = nextAttempt({ attempts, leftMs: GIVE_UP_MS - atMs, random: 0.5 });
      if (waitMs === undefined) break;
      atMs += waitMs;
    }
    expect([attempts, atMs]).toEqual([13, GIVE_UP_MS]);
  });
});

describe("a destination that is slow or down", () => {
  it("takes no more than its share of the attempts, and what waits comes back one after the other", () => {
    let nowMs = 0;
    const pacing = createPacing({ limit: 2, spacingMs: 100, now: () => nowMs });
    expect([pacing.begin("slow"), pacing.begin("slow"), pacing.begin("slow")]).toEqual(["go", "go", "busy"]);
    expect(pacing.begin("other")).toBe("go");
    pacing.end("slow", 1_000);
    expect([pacing.begin("slow"), pacing.begin("slow")]).toEqual([1_100, 1_200]);
    nowMs = 1_000;
    expect([pacing.begin("slow"), pacing.begin("slow")]).toEqual(["go", "busy"]);
    pacing.end("slow");
    pacing.end("slow");
    expect(pacing.begin("slow")).toBe("go");
  });
});

describe("on the embedded store", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "destinations-"));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  suite(async () => ({ dataDir }));
});

describeWithMongod("on the MongoDB store", () => {
  suite(async () => ({ mongodbUri: (await sharedMongod()).dbUri("destinations") }));
});

function suite(locate: () => Promise<StoreLocation>): void {
  let location: StoreLocation;
  let store: DocumentStore;
  const keys = [{ kid: "k1", key: randomBytes(32) }];
  const ring: KeyRing = createKeyRing(keys);
  let receiver: Receiver;
  /** One that nothing else uses. */
  let access: ReturnType<typeof accessTo>;
  const opened: Destinations[] = [];
  const children: ChildProcess[] = [];
  let events: RuntimeEvent[];

  beforeAll(async () => {
    location = await locate();
    store = openStore(location);
    await store.open();
  });
  afterAll(() => store.dispose());
  beforeEach(async () => {
    receiver = await startReceiver();
    access = accessTo(`p-${randomUUID()}`);
    events = [];
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(opened.splice(0).map((one) => one.dispose()));
    // No later test may meet what this one has left.
    await store.removeMany("messages", access.project, {});
    await receiver.close();
  });

  function open(options: Partial<DestinationsOptions> = {}): Destinations {
    const egress = { allow: receiver.host };
    const tell = (event: RuntimeEvent) => void events.push(event);
    const timing = { pauses: SHORT, pollMs: 20, timeoutMs: 2_000 };
    const destinations = createDestinations({
      store,
      ring,
      userAgent: "lever-connector/test",
      egress,
      tell,
      ...timing,
      ...options,
    });
    opened.push(destinations);
    return destinations;
  }

  /** One to the receiver, that delivers. */
  async function prepared(options: Partial<DestinationsOptions> = {}) {
    const destinations = open(options);
    const { destination, secret } = await destinations.create(access, { name: "own system", url: receiver.url });
    const ended = endings(destinations);
    destinations.start();
    return { destinations, destination, secret: reveal(secret), ended };
  }

  function endings(destinations: Destinations) {
    const ended: EndedMessage[] = [];
    let wake = () => {};
    destinations.onEnded((message) => {
      ended.push(message);
      wake();
    });
    return async (count: number) => {
      while (ended.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return ended;
    };
  }

  it("sends a message signed by Standard Webhooks, and tells when it was accepted", async () => {
    const { destinations, destination, secret, ended } = await prepared();
    const body = { opportunity: "o1", tags: ["Verified", "Ü – 漢"], nested: { n: 1.5, nothing: null } };
    const sent = await destinations.send(access, { destination: destination.id, id: "run/r1/tell/0", body });
    expect(sent).toMatchObject({
      key: "run/r1/tell/0",
      destination: destination.id,
      state: "pending",
      code: null,
      attemptCount: 0,
    });
    expect(await ended(1)).toEqual([
      { project: access.project, key: "run/r1/tell/0", destination: destination.id, state: "delivered" },
    ]);
    const [received] = receiver.received;
    expect(received && verify(secret, received)).toEqual(body);
    expect(received?.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": sent.id,
      "user-agent": "lever-connector/test",
    });
    expect(() => verify(`whsec_${randomBytes(32).toString("base64")}`, received as never)).toThrow(/signature/);
    const outcome = await destinations.outcome(access, "run/r1/tell/0");
    expect(outcome).toMatchObject({ id: sent.id, state: "delivered", code: "ok", attemptCount: 1, nextAttemptAt: null });
    expect(outcome.attempts).toMatchObject([{ code: "ok", status: 200 }]);
    expect((await destinations.deliveries(access, destination.id)).data).toEqual([outcome]);
    expect(events).toEqual([
      { type: "message_ended", project: access.project, destination: destination.id, message: sent.id, code: "ok", attempts: 1 },
    ]);
  });

  it("sends what was sent under one id once, and refuses the id for another destination", async () => {
    const { destinations, destination, ended } = await prepared();
    const send = (body: unknown) => destinations.send(access, { destination: destination.id, id: "same", body });
    const [first, second] = await Promise.all([send(1), send(1)]);
    expect(second?.id).toBe(first?.id);
    await ended(1);
    expect(await send(2)).toMatchObject({ id: first?.id, state: "delivered" });
    const { destination: other } = await destinations.create(access, { name: "other", url: receiver.url });
    await expect(destinations.send(access, { destination: other.id, id: "same", body: 1 })).rejects.toMatchObject({
      code: "idempotency_key_reused",
    });
    expect(receiver.received.map(({ body }) => body)).toEqual(["1"]);
  });

  it("tries again with the same webhook-id until a 2xx, whatever it was answered before", async () => {
    const { destinations, destination, secret, ended } = await prepared();
    receiver.answer(
      500,
      (response) => void response.socket?.destroy(),
      404,
      (response) => response.writeHead(302, { location: "/" }).end(),
      204,
    );
    await destinations.send(access, { destination: destination.id, id: "m", body: { a: 1 } });
    await ended(1);
    const outcome = await destinations.outcome(access, "m");
    expect(outcome).toMatchObject({ state: "delivered", attemptCount: 5 });
    expect(outcome.attempts.map(({ code, status }) => [code, status])).toEqual([
      ...([
        ["http_error", 500],
        ["unreachable", null],
        ["http_error", 404],
        ["redirect_refused", 302],
        ["ok", 204],
      ] as const),
    ]);
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([outcome.id]));
    for (const received of receiver.received) expect(verify(secret, received)).toEqual({ a: 1 });
  });

  it("keeps to Retry-After of a 429 and a 503", async () => {
    const { destinations, destination, ended } = await prepared();
    const busy = (status: number) => (response: ServerResponse) => void response.writeHead(status, { "retry-after": "1" }).end();
    receiver.answer(busy(429), busy(503));
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await ended(1);
    const [first, second, third] = receiver.received.map(({ atMs }) => atMs) as [number, number, number];
    expect(second - first).toBeGreaterThan(900);
    expect(third - second).toBeGreaterThan(900);
  });

  it("ends an attempt that is not answered in time, and takes a 2xx whose body never ends", async () => {
    const { destinations, destination, ended } = await prepared({ timeoutMs: 300 });
    receiver.answer(
      () => undefined,
      (response) => void response.writeHead(200).write("x".repeat(100_000)),
    );
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await ended(1);
    const { attempts } = await destinations.outcome(access, "m");
    expect(attempts.map(({ code }) => code)).toEqual(["timeout", "ok"]);
    expect(attempts[0]?.durationMs).toBeGreaterThanOrEqual(290);
  });

  it("pauses a destination that answers 410, and holds what waits until it is resumed", async () => {
    const { destinations, destination, ended } = await prepared();
    receiver.answer(410);
    await destinations.send(access, { destination: destination.id, id: "m1", body: 1 });
    expect(await ended(1)).toMatchObject([{ key: "m1", state: "failed" }]);
    expect(await destinations.outcome(access, "m1")).toMatchObject({ state: "failed", code: "gone", attemptCount: 1 });
    await until(async () => (await destinations.resolve(access, destination.id)).paused !== null);
    expect((await destinations.resolve(access, "own system")).paused).toMatchObject({ reason: "gone" });
    await until(async () => events.length === 2);
    expect(events[1]).toEqual({
      type: "destination_paused",
      project: access.project,
      destination: destination.id,
      reason: "gone",
    });
    await expect(destinations.send(access, { destination: destination.id, id: "m2", body: 2 })).rejects.toMatchObject({
      code: "destination_paused",
    });
    // The engine asks again after a crash: what became of it is told all the same.
    expect((await destinations.send(access, { destination: destination.id, id: "m1", body: 1 })).state).toBe("failed");
    await destinations.update(access, destination.id, { paused: false });
    expect((await destinations.send(access, { destination: destination.id, id: "m1", body: 3, again: true })).state).toBe(
      "pending",
    );
    expect(await ended(2)).toMatchObject([{ state: "failed" }, { key: "m1", state: "delivered" }]);
    expect(receiver.received.map(({ body }) => body)).toEqual(["1", "3"]);
  });

  it("sends nothing while somebody has paused it, and what waits at once when it is resumed", async () => {
    const { destinations, destination, ended } = await prepared();
    receiver.answerBy(() => 500);
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await receiver.count(1);
    await destinations.update(access, destination.id, { paused: true });
    expect((await destinations.resolve(access, destination.id)).paused).toMatchObject({ reason: "by_hand" });
    await until(async () => Date.parse(String((await destinations.outcome(access, "m")).nextAttemptAt)) > Date.now() + 60_000);
    const before = receiver.received.length;
    receiver.answerBy(() => 200);
    await destinations.update(access, destination.id, { paused: false });
    await ended(1);
    expect(receiver.received).toHaveLength(before + 1);
  });

  it("gives a message up after a day, and pauses the destination, which has accepted none since", async () => {
    let nowMs = Date.now();
    const { destinations, destination, ended } = await prepared({ now: () => nowMs });
    await destinations.send(access, { destination: destination.id, id: "before", body: "before" });
    await ended(1);
    receiver.answerBy(() => 400);
    nowMs += 1_000;
    await destinations.send(access, { destination: destination.id, id: "never", body: "never" });
    await receiver.count(3);
    nowMs += GIVE_UP_MS + 1;
    expect(await ended(2)).toMatchObject([{ key: "before" }, { key: "never", state: "failed" }]);
    expect(await destinations.outcome(access, "never")).toMatchObject({
      state: "failed",
      code: "http_error",
      nextAttemptAt: null,
    });
    await until(async () => (await destinations.resolve(access, destination.id)).paused !== null);
    expect((await destinations.resolve(access, destination.id)).paused).toMatchObject({ reason: "undelivered" });
    await until(async () => events.length === 3);
    expect(events.map(({ type }) => type)).toEqual(["message_ended", "message_ended", "destination_paused"]);
  });

  it("does not pause a destination for one message that it never takes while it takes others", async () => {
    let nowMs = Date.now();
    const { destinations, destination, ended } = await prepared({ now: () => nowMs });
    receiver.answerBy((body) => (body === '"poison"' ? 400 : 200));
    await destinations.send(access, { destination: destination.id, id: "poison", body: "poison" });
    nowMs += 1_000;
    await destinations.send(access, { destination: destination.id, id: "good", body: "good" });
    await ended(1);
    nowMs += GIVE_UP_MS + 1;
    expect(await ended(2)).toMatchObject([{ key: "good" }, { key: "poison", state: "failed" }]);
    await destinations.stop(1_000);
    expect((await destinations.resolve(access, destination.id)).paused).toBeNull();
  });

  it("signs with the old secret too for as long as it was told, and with the new one at once", async () => {
    let nowMs = Date.now();
    const { destinations, destination, secret: old, ended } = await prepared({ now: () => nowMs });
    const { secret, destination: rotated } = await destinations.rotate(access, destination.id, { keepSeconds: 60 });
    expect(Date.parse(String(rotated.previousSecretUntil))).toBe(nowMs + 60_000);
    await destinations.send(access, { destination: destination.id, id: "m1", body: 1 });
    await ended(1);
    for (const one of [old, reveal(secret)]) expect(verify(one, receiver.received[0] as never)).toBe(1);
    nowMs += 61_000;
    expect((await destinations.resolve(access, destination.id)).previousSecretUntil).toBeNull();
    await destinations.send(access, { destination: destination.id, id: "m2", body: 2 });
    await ended(2);
    expect(verify(reveal(secret), receiver.received[1] as never)).toBe(2);
    expect(() => verify(old, receiver.received[1] as never)).toThrow();
    const atOnce = await destinations.rotate(access, destination.id, { keepSeconds: 0 });
    await destinations.send(access, { destination: destination.id, id: "m3", body: 3 });
    await ended(3);
    expect(() => verify(reveal(secret), receiver.received[2] as never)).toThrow();
    expect(verify(reveal(atOnce.secret), receiver.received[2] as never)).toBe(3);
  });

  it("keeps its secrets when it is given another address, and sends what waits there", async () => {
    const { destinations, destination, secret, ended } = await prepared();
    const { secret: newer } = await destinations.rotate(access, destination.id);
    await destinations.update(access, destination.id, { url: `${receiver.url}/elsewhere`, name: "own  ".trim() });
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await ended(1);
    for (const one of [secret, reveal(newer)]) expect(verify(one, receiver.received[0] as never)).toBe(1);
  });

  it("sends nothing to an address that was put into the store past this program, nor a message that was moved", async () => {
    const other = await startReceiver();
    const { destinations, destination, ended } = await prepared({ egress: { allow: `${receiver.host} ${other.host}` } });
    await store.patch("destinations", access.project, destination.id, { set: { url: other.url } });
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await until(async () => (await destinations.outcome(access, "m")).attemptCount > 0);
    expect((await destinations.outcome(access, "m")).attempts[0]).toMatchObject({ code: "secret_unavailable", status: null });
    await store.patch("destinations", access.project, destination.id, { set: { url: receiver.url } });
    await ended(1);
    const { destination: second } = await destinations.create(access, { name: "second", url: other.url });
    receiver.answerBy((body) => (body === '"private"' ? 500 : 200));
    const moved = await destinations.send(access, { destination: destination.id, id: "moved", body: "private" });
    await store.patch("messages", access.project, moved.id, { set: { destination: second.id } });
    await until(async () => (await destinations.outcome(access, "moved")).code === "secret_unavailable");
    expect(other.received).toEqual([]);
    await other.close();
  });

  it("has no secret and no body in the store that can be read, and none of a body once it has ended", async () => {
    const { destinations, destination, secret, ended } = await prepared();
    receiver.answer(() => undefined);
    const sent = await destinations.send(access, { destination: destination.id, id: "m", body: "canary of the body" });
    await receiver.count(1);
    const kept = async () =>
      JSON.stringify([
        await store.get("messages", access.project, sent.id),
        await store.get("destinations", access.project, destination.id),
      ]);
    expect(await kept()).not.toContain("canary");
    expect(await kept()).not.toContain(secret.slice(6, 20));
    await ended(1);
    expect(await store.get("messages", access.project, sent.id)).toMatchObject({ body: null, sealedKid: null });
  });

  it("is re-encrypted with everything else when the encryption key is changed", async () => {
    const { destinations, destination, secret } = await prepared();
    await destinations.rotate(access, destination.id);
    const newer = createKeyRing([{ kid: "k2", key: randomBytes(32) }, ...keys]);
    expect((await rotateKeys({ store, ring: newer, settleMs: 0 })).failed).toEqual([]);
    const onlyNew = open({ ring: newer });
    const ended = endings(onlyNew);
    await destinations.stop();
    onlyNew.start();
    await onlyNew.send(access, { destination: destination.id, id: "m", body: 1 });
    await ended(1);
    expect(verify(secret, receiver.received[0] as never)).toBe(1);
    await store.remove("destinations", access.project, destination.id);
  });

  it("tells of a test what happened: accepted, refused, not reached, not allowed", async () => {
    const { destinations, destination, secret } = await prepared();
    const accepted = await destinations.test(access, destination.id);
    expect(accepted).toMatchObject({ accepted: true, code: "ok", status: 200, message: "It answered 200" });
    expect(verify(secret, receiver.received[0] as never)).toMatchObject({
      type: "destination.test",
      data: { name: "own system" },
    });
    expect(receiver.received[0]?.id).toBe(accepted.messageId);
    receiver.answer(500);
    expect(await destinations.test(access, destination.id)).toMatchObject({ accepted: false, code: "http_error", status: 500 });
    expect((await destinations.resolve(access, destination.id)).lastTest).toMatchObject({ code: "http_error", status: 500 });
    await destinations.update(access, destination.id, { paused: true });
    expect(await destinations.test(access, destination.id)).toMatchObject({ accepted: true });
    expect(receiver.received).toHaveLength(3);
    const strict = open({ egress: {} });
    expect(await strict.test(access, destination.id)).toMatchObject({ accepted: false, code: "egress_denied", status: null });
    await receiver.close();
    expect(await destinations.test(access, destination.id)).toMatchObject({ accepted: false, code: "unreachable" });
  });

  it("has names by the rule of all names, each once in a project", async () => {
    const destinations = open();
    const create = (name: string, project = access.project) =>
      destinations.create(accessTo(project), { name, url: receiver.url });
    await create("Compliance");
    await expect(create(" Compliance ")).rejects.toMatchObject({ code: "conflict" });
    for (const name of ["", "a\u202eb", "two  spaces", "dest_x", "x".repeat(101)])
      await expect(create(name)).rejects.toMatchObject({ code: "input_invalid" });
    expect((await create("Compliance", `${access.project}-2`)).destination.name).toBe("Compliance");
    await store.removeMany("destinations", `${access.project}-2`, {});
  });

  it("is one of its project: another project's is not there, an owner of the project sends by it and cannot see or change it", async () => {
    const { destinations, destination, ended } = await prepared();
    const foreign = accessTo(`${access.project}-2`);
    const owner = accessTo(access.project, "ann");
    for (const one of [foreign, owner]) {
      await expect(destinations.resolve(one, destination.id)).rejects.toMatchObject({ code: "not_found" });
      await expect(destinations.resolve(one, "own system")).rejects.toMatchObject({ code: "not_found" });
      await expect(destinations.update(one, destination.id, { name: "x" })).rejects.toMatchObject({ code: "not_found" });
      await expect(destinations.rotate(one, destination.id)).rejects.toMatchObject({ code: "not_found" });
      await expect(destinations.test(one, destination.id)).rejects.toMatchObject({ code: "not_found" });
      await expect(destinations.remove(one, destination.id)).rejects.toMatchObject({ code: "not_found" });
      expect((await destinations.list(one)).data).toEqual([]);
      expect((await destinations.deliveries(one, destination.id)).data).toEqual([]);
    }
    await expect(destinations.create(owner, { name: "mine", url: receiver.url })).rejects.toMatchObject({ code: "forbidden" });
    await expect(destinations.send(foreign, { destination: destination.id, id: "m", body: 1 })).rejects.toMatchObject({
      code: "not_found",
    });
    await destinations.send(owner, { destination: destination.id, id: "m", body: 1 });
    expect(await ended(1)).toMatchObject([{ key: "m", state: "delivered" }]);
    await expect(destinations.outcome(foreign, "m")).rejects.toMatchObject({ code: "not_found" });
  });

  it("fails what waits for a destination that was removed", async () => {
    const { destinations, destination, ended } = await prepared();
    receiver.answerBy(() => 500);
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await receiver.count(1);
    await destinations.remove(access, destination.id);
    await ended(1);
    expect(await destinations.outcome(access, "m")).toMatchObject({ state: "failed", code: "destination_removed" });
  });

  it("delivers in any process what another has recorded, and each message by one of them", async () => {
    const recording = open();
    const { destination } = await recording.create(access, { name: "own system", url: receiver.url });
    const two = [open(), open()];
    const counts = two.map((one) => {
      let count = 0;
      one.onEnded(() => {
        count += 1;
      });
      return () => count;
    });
    for (const one of two) one.start();
    const ids = Array.from({ length: 20 }, (_, n) => `m${n}`);
    await Promise.all(ids.map((id) => recording.send(access, { destination: destination.id, id, body: id })));
    await until(async () => counts.reduce((sum, count) => sum + count(), 0) === 20);
    expect(receiver.received.map(({ body }) => JSON.parse(body)).sort()).toEqual([...ids].sort());
  });

  it.each(["recorded", "claimed", "accepted"])(
    "loses nothing where the process is killed right after a message was %s",
    async (moment) => {
      const destinations = open();
      const { destination, secret } = await destinations.create(access, { name: "own system", url: receiver.url });
      const at = JSON.stringify({
        location,
        keys: `k1:${keys[0]?.key.toString("base64")}`,
        project: access.project,
        destination: destination.id,
        allow: receiver.host,
        moment,
      });
      const child = spawn(process.execPath, ["--import", "tsx", CHILD, at], { stdio: ["ignore", "inherit", "inherit"] });
      children.push(child);
      const signal = await new Promise((resolve) => child.once("exit", (_code, killed) => resolve(killed)));
      expect(signal).toBe("SIGKILL");
      const ended = endings(destinations);
      destinations.start();
      expect(await ended(1)).toMatchObject([{ key: "precious", state: "delivered" }]);
      // At least once, and as one message.
      expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
      expect(receiver.received).toHaveLength(moment === "accepted" ? 2 : 1);
      for (const received of receiver.received) expect(verify(reveal(secret), received)).toEqual({ precious: true });
    },
  );

  it("counts a 2xx that comes after its claim has run out, when another attempt has failed", async () => {
    // The one looks no second time; the other takes over what it does not finish.
    const { destinations, destination, ended } = await prepared({ leaseMs: 50, pollMs: 3_600_000, timeoutMs: 60_000 });
    const answers: ((status: number) => void)[] = [];
    const later = (response: ServerResponse) => void answers.push((status) => response.writeHead(status).end());
    receiver.answer(later, later);
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await receiver.count(1);
    open({ timeoutMs: 60_000, pauses: { firstMs: 3_600_000, longestMs: 3_600_000 } }).start();
    await receiver.count(2);
    answers[1]?.(500);
    await until(async () => (await destinations.outcome(access, "m")).code === "http_error");
    answers[0]?.(200);
    expect(await ended(1)).toMatchObject([{ key: "m", state: "delivered" }]);
  });

  it("gives back what is under way when it stops, for the next process to send at once", async () => {
    const { destinations, destination } = await prepared();
    receiver.answer(() => undefined);
    await destinations.send(access, { destination: destination.id, id: "m", body: 1 });
    await receiver.count(1);
    await destinations.stop(10);
    expect(await destinations.outcome(access, "m")).toMatchObject({ state: "pending", attemptCount: 0 });
    const next = open();
    const ended = endings(next);
    next.start();
    expect(await ended(1)).toMatchObject([{ key: "m", state: "delivered" }]);
  });
}

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { pino } from "pino";
import { readConfig } from "../../app/config.ts";
import { openServices, type Services } from "../../app/services.ts";
import { createAjv } from "../../connector/validator.ts";
import { startPlayground } from "../../playground/index.ts";
import type { ProductEvent, Workflow } from "../../schemas/types/index.ts";
import { reveal, Secret } from "../../sealing/secret.ts";
import { createShapes } from "../../server/http/shapes.ts";
import { type Received, type Receiver, startReceiver, verify } from "../destinations/receiver.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { until } from "../support/until.ts";

jest.setTimeout(90_000);

const CHILD = join(import.meta.dirname, "child.ts");
const CANARY = "Canary Candidate";
const access = accessTo("default");

describe("product events on the embedded store", () => suite(async () => ({})));
describeWithMongod("product events on MongoDB", () =>
  suite(async () => ({
    MONGODB_URI: (await sharedMongod()).dbUri(`events_${process.pid}_${Date.now()}`),
    CREDENTIALS_KEYS: `k:${randomBytes(32).toString("base64")}`,
  })),
);

function suite(environment: () => Promise<Record<string, string>>): void {
  const folder = mkdtempSync(join(tmpdir(), "product-events-"));
  let env: Record<string, string>;
  let playground: Awaited<ReturnType<typeof startPlayground>>;
  let receiver: Receiver;
  /** Two processes on one store, as far as the store can tell. */
  let both: Services[];
  let secret: string;
  let destination: string;
  let names = 0;

  beforeAll(async () => {
    playground = await startPlayground({ port: 0, opportunities: 3, rateLimit: false });
    receiver = await startReceiver();
    env = {
      ...{ DATA_DIR: folder, EGRESS_ALLOW: receiver.host, PUBLIC_URL: "https://connector.example.com" },
      ...{ PLAYGROUND_PORT: new URL(playground.url).port, ...(await environment()) },
    };
  });
  afterAll(async () => {
    await receiver.close();
    await playground.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    receiver.received.length = 0;
    both = [];
    const first = await open();
    const url = `${receiver.url}?${names++}`;
    const types: ProductEvent["type"][] = [
      ...(["credential.reauth_required", "run.failed"] as const),
      ...(["run.needs_attention", "approval.waiting"] as const),
    ];
    const created = await first.destinations.create(access, { name: `ours ${names}`, url, events: types });
    secret = reveal(created.secret);
    destination = created.destination.id;
  });
  afterEach(async () => {
    await services()
      .destinations.remove(access, destination)
      .catch(() => undefined);
    await Promise.all(both.splice(0).map((one) => one.dispose()));
  });

  async function open(): Promise<Services> {
    const opened = await openServices(readConfig(env), { log: pino({ level: "silent" }) });
    both.push(opened);
    return opened;
  }

  function begin(...processes: Services[]): void {
    for (const one of processes) {
      one.destinations.start();
      one.productEvents.start();
      one.engine.work();
    }
  }

  const services = () => both[0] as Services;
  const events = () => receiver.received.map(eventOf);
  const ofType = (type: string) => events().filter((event) => event.type === type);

  function eventOf(one: Received): ProductEvent {
    return verify(secret, one) as ProductEvent;
  }

  async function publish(steps: Workflow["steps"], input: object = {}): Promise<string> {
    const name = `flow-${++names}`;
    const trigger = { type: "api", input } as Workflow["trigger"];
    const { id } = await services().workflows.create(access, { name, title: `Title of ${name}`, trigger, steps });
    await services().workflows.publish(access, id);
    return id;
  }

  const FAILS = { id: "tell", title: "Tell nobody", kind: "send", body: { secret: CANARY } } as const;

  /** Its step fails for good: the destination that it sends to is gone. */
  async function failing(): Promise<string> {
    const { destinations } = services();
    const gone = (await destinations.create(access, { name: `gone ${++names}`, url: `${receiver.url}?gone` })).destination;
    const id = await publish([{ ...FAILS, destination: gone.id }]);
    await destinations.remove(access, gone.id);
    return id;
  }

  async function comesTo(run: string, status: string): Promise<void> {
    await until(async () => (await services().runs.get(access, run)).status === status);
  }

  /** Whoever would tell it again has had the time to. */
  async function settled(): Promise<void> {
    for (const collection of ["runs", "credentials"] as const)
      await until(
        async () => (await services().store.find(collection, "default", { where: { untoldAtMs: { gt: 0 } } })).length === 0,
      );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }

  const isEvent = createAjv({ allErrors: true, validateSchema: true }).compile(createShapes()("product-event"));

  it("tells of a failed run once though two processes work, signed, with ids, names and a link and nothing of the data", async () => {
    begin(services(), await open());
    const workflow = await failing();
    const { id } = await services().runs.start(access, workflow);
    await comesTo(id, "failed");
    await settled();
    expect(events()).toHaveLength(1);
    const [event] = events();
    expect([isEvent(event), isEvent.errors]).toEqual([true, null]);
    expect(event).toMatchObject({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      type: "run.failed",
      data: {
        ...{ project: "default", owner: null, run: id, workflow, version: 1, step: "tell", stepTitle: "Tell nobody" },
        ...{ link: `https://connector.example.com/runs/${id}`, code: "not_found" },
      },
    });
    expect(receiver.received[0]?.body).not.toContain(CANARY);
    // It fails again: another occurrence.
    await services().runs.retry(access, id);
    await until(async () => ofType("run.failed").length === 2);
    await settled();
    expect(new Set(events().map((one) => one.id)).size).toBe(2);
    expect(events()).toHaveLength(2);
  });

  it("tells of a decision that is waited for without what is asked, and lets whoever is told decide at once", async () => {
    begin(services(), await open());
    const ask = { id: "ask", title: "Ask a person", kind: "approval", message: "Is {{ trigger.input.who }} fine?" } as const;
    const workflow = await publish([ask], { type: "object", properties: { who: { type: "string" } } });
    const { id } = await services().runs.start(access, workflow, { input: { who: CANARY } });
    await until(async () => events().length > 0);
    // That it was told is noted in the run just as the decision is written.
    const { store } = services();
    const patch = store.patch.bind(store);
    let noted = 0;
    store.patch = async (...call) => {
      const [collection, project, one, , where] = call;
      if (collection === "runs" && one === id && where?.version !== undefined && noted++ === 0)
        await patch(collection, project, one, { set: { untold: null } });
      return patch(...call);
    };
    await services().runs.decide(access, id, "approved", { names: ["test"] });
    store.patch = patch;
    expect(noted).toBe(2);
    await comesTo(id, "succeeded");
    await settled();
    expect(events()).toMatchObject([
      { type: "approval.waiting", data: { run: id, step: "ask", stepTitle: "Ask a person", code: null } },
    ]);
    expect(receiver.received[0]?.body).not.toContain(CANARY);
  });

  it("tells once that a credential must be reconnected, however many calls are refused, and again when it happens again", async () => {
    begin(services(), await open());
    const { credentials, runtime } = services();
    const auth = { type: "api_key", apiKey: new Secret("not-the-key") } as const;
    const { id } = await credentials.create(access, { nickname: `wrong ${++names}`, environment: "playground", auth });
    const call = () =>
      runtime
        .execute({ access, operation: "list_stages", credential: id, input: {} } as never)
        .catch(({ code }) => code as string);
    await Promise.all([call(), call(), call()]);
    await until(async () => events().length > 0);
    await call();
    await settled();
    expect(events()).toMatchObject([
      {
        type: "credential.reauth_required",
        data: { credential: id, nickname: `wrong ${names}`, environment: "playground", connector: "lever", owner: null },
      },
    ]);
    expect(isEvent(events()[0])).toBe(true);
    await credentials.replaceApiKey(access, id, new Secret("still-not-the-key"));
    expect((await services().test(access, id)).usable).toBe(false);
    await until(async () => events().length === 2);
    await settled();
    expect(new Set(events().map((event) => event.id)).size).toBe(2);
    expect(receiver.received.map(({ body }) => body).join()).not.toContain("not-the-key");
  });

  it.each(["happened", "half"] as const)(
    "is still sent, once to each, where the process died between what happened and the sending: %s",
    async (moment) => {
      const workflow = await failing();
      const second = await services().destinations.create(access, {
        name: `second ${++names}`,
        url: `${receiver.url}?second`,
        events: ["run.failed"],
      });
      const what = JSON.stringify({ env, workflow, moment });
      const child = spawn(process.execPath, ["--import", "tsx", CHILD, what], { stdio: "ignore" });
      const [, signal] = await once(child, "exit");
      expect(signal).toBe("SIGKILL");
      const [run] = (await services().runs.list(access, { workflow })).data;
      expect(run?.status).toBe("failed");
      expect(receiver.received).toEqual([]);
      begin(services(), await open());
      await receiver.count(2);
      await settled();
      const bodies = receiver.received.map(({ body }) => JSON.parse(body) as ProductEvent);
      expect(bodies.map(({ type, data }) => [type, "run" in data && data.run])).toEqual([
        ["run.failed", run?.id],
        ["run.failed", run?.id],
      ]);
      expect(new Set(bodies.map(({ id }) => id)).size).toBe(1);
      expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2);
      await services().destinations.remove(access, second.destination.id);
    },
  );

  it("is retried as messages are, waits for a destination that is paused, and never makes an event of its own", async () => {
    begin(services(), await open());
    const { destinations } = services();
    // The workflow sends to the very destination that is told of its failure.
    const workflow = await publish([{ ...FAILS, destination }]);
    await destinations.update(access, destination, { paused: true });
    const { id } = await services().runs.start(access, workflow);
    await comesTo(id, "failed");
    await settled();
    const { data } = await destinations.deliveries(access, destination);
    expect(data).toMatchObject([{ state: "pending", attemptCount: 0, key: expect.stringMatching(/^event\/run\.failed\/evt_/) }]);
    expect(receiver.received).toEqual([]);
    expect((await services().runs.list(access, { workflow })).data).toHaveLength(1);
    receiver.answer(503);
    await destinations.update(access, destination, { paused: false });
    await until(async () => receiver.received.length === 1);
    await destinations.update(access, destination, { paused: true });
    await destinations.update(access, destination, { paused: false });
    await until(async () => receiver.received.length === 2);
    expect(new Set(receiver.received.map((one) => one.id)).size).toBe(1);
    await settled();
    // Given up, it fails without a further word: nothing is told of messages.
    expect((await destinations.deliveries(access, destination)).data).toHaveLength(1);
  });

  it("reaches only who has subscribed, and nothing is kept where nobody has", async () => {
    begin(services());
    await services().destinations.update(access, destination, { events: ["approval.waiting"] });
    const workflow = await failing();
    const { id } = await services().runs.start(access, workflow);
    await comesTo(id, "failed");
    await settled();
    expect(receiver.received).toEqual([]);
    expect((await services().destinations.deliveries(access, destination)).data).toEqual([]);
  });
}

import { afterEach, describe, expect, it } from "@jest/globals";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createOAuthApps } from "../../credentials/oauth-apps.ts";
import { createOAuthFlows } from "../../credentials/oauth-flows.ts";
import { createBindSeals } from "../../sealing/bind-seals.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { listKeys } from "../../sealing/keys.ts";
import { rotateKeys } from "../../sealing/rotate-keys.ts";
import { reveal, Secret } from "../../sealing/secret.ts";
import { checkSentinel } from "../../sealing/sentinel.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { accessTo } from "../support/access.ts";
import { sealFirstFormat } from "./first-format.ts";
import { CONNECTORS, failure, newKey, openTestStore } from "./setup.ts";

const [K1, K2] = [newKey("k1"), newKey("k2")];
const SENTINEL = { project: "_system", id: "key-sentinel", field: "value" };

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function newStore(): Promise<DocumentStore> {
  const opened = await openTestStore();
  cleanUp.push(opened.close);
  return opened.store;
}

/** What a process of the present version holds on a store, after its start-up. */
async function start(store: DocumentStore, keys = [K1]) {
  const ring = createKeyRing(keys);
  await checkSentinel(store, ring);
  const clock = { ms: 0 };
  const bindSeals = createBindSeals({ store, ring, now: () => clock.ms });
  return { ring, clock, bindSeals, credentials: createCredentials({ store, ring, connectors: CONNECTORS }) };
}

const apiKey = (nickname: string, key = "the-api-key") =>
  ({ nickname, environment: "production", auth: { type: "api_key", apiKey: new Secret(key) } }) as const;

/** A store of the first version with so many API keys. */
async function oldStore(count = 3, key = K1) {
  const store = await newStore();
  const { credentials } = await start(store, [key]);
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { id } = await credentials.create(accessTo("p1"), apiKey(`n${n}`));
    await putBack(store, id, key);
    ids.push(id);
  }
  await makeOld(store, key);
  return { store, ids, first: ids[0] as string };
}

async function makeOld(store: DocumentStore, key = K1): Promise<void> {
  const value = sealFirstFormat(key, "the keys fit this store", SENTINEL);
  await store.patch("meta", "_system", "key-sentinel", { set: { value, sealedKid: key.kid } });
}

/** Text of the first format, as an old backup has it. */
async function putBack(store: DocumentStore, id: string, key = K1, change: Record<string, unknown> = {}): Promise<void> {
  const text = JSON.stringify({ type: "api_key", apiKey: "the-api-key" });
  const secret = sealFirstFormat(key, text, { project: "p1", id, field: "secret" });
  await store.patch("credentials", "p1", id, { set: { ...change, secret, sealedKid: key.kid } });
}

const codeOf = (work: Promise<unknown>) => failure(work).then(({ code }) => code);
const BASIC = `Basic ${Buffer.from("the-api-key:").toString("base64")}`;

describe("sealed text of old and new", () => {
  const golden = createKeyRing([{ kid: "golden", key: Buffer.alloc(32, 7) }]);

  it("opens for ever: a change of the format would lock every saved secret", () => {
    const place = { project: "p1", id: "cred_golden", field: "secret" };
    const first =
      "v1.golden.0APeU9m3IcFPlTB-Z24W5oS7YdVh7EkCgNnWLNzH2wRgfWRCpn9A933yY4OSoZNZW-rq-Xhy_XOBLZkV.tlbzmMSw7YMqhu785x8z3lFeHKlPTeL7nOSb0Q4nJSQrz0rdgUjgV10JKru_-Qa_LutdldqkVns";
    const second =
      "v2.golden.DEp6HXpL_PPl_UQz_9C78bLfEKFVlbjcVYxFoqe8o0bR6MzhJTiSxmYzAGubjYwV3pSaKrHohTxc0_qT.xcuD4kKd5ZHD1PIQ2w9ZhwMyzCGZGEUT81OUmLXk6L4vRBtGjRrhLropddPOqa5SgxzlP7NeZg-E";
    expect(reveal(golden.open(first, place))).toBe("a secret of the first format");
    const bound = ["lever", "production", "api_key", 3];
    expect(reveal(golden.open(second, { ...place, bound }))).toBe("a secret of the second format");
    expect(golden.labelOf(first)).toBe("golden");
    expect(golden.labelOf(second)).toBe("v2.golden");
    const resealed = golden.reseal(first, { ...place, bound });
    expect(reveal(golden.open(resealed, { ...place, bound }))).toBe("a secret of the first format");
    expect(() => golden.open(resealed, place)).toThrow("altered");
  });

  it("cannot be passed off as text of the other format", () => {
    const ring = createKeyRing([K1]);
    const place = { project: "p1", id: "x", field: "secret" };
    const [first, second] = [sealFirstFormat(K1, "text", place), ring.seal("text", place)];
    expect(() => ring.open(first.replace("v1.", "v2."), place)).toThrow("altered");
    expect(() => ring.open(second.replace("v2.", "v1."), place)).toThrow("altered");
  });
});

describe("a saved secret", () => {
  it.each([
    ["environment", "sandbox"],
    ["connector", "another"],
    ["auth", "oauth2"],
    ["secretVersion", 2],
  ])("is not sent where its record says another %s, although it was used a moment ago", async (field, value) => {
    const store = await newStore();
    const { credentials } = await start(store);
    const { id } = await credentials.create(accessTo("p1"), apiKey("moved"));
    await credentials.sign(accessTo("p1"), id);
    await store.patch("credentials", "p1", id, { set: { [field]: value } });
    expect(await codeOf(credentials.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
  });

  it("of before is not taken for the present one", async () => {
    const store = await newStore();
    const { credentials } = await start(store);
    const { id } = await credentials.create(accessTo("p1"), apiKey("replaced"));
    const before = await store.get("credentials", "p1", id);
    await credentials.replaceApiKey(accessTo("p1"), id, new Secret("the-new-key"));
    await store.patch("credentials", "p1", id, { set: { secret: before?.secret } });
    expect(await codeOf(credentials.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
  });

  it.each([
    ["environment", "sandbox"],
    ["clientId", "another-client"],
  ])("of an OAuth app is not sent where its record says another %s", async (field, value) => {
    const store = await newStore();
    const { ring } = await start(store);
    const apps = createOAuthApps({ store, ring, configured: {}, connectors: CONNECTORS });
    await apps.save(
      accessTo("p1"),
      { connector: "lever", environment: "production" },
      { clientId: "ours", clientSecret: new Secret("its-secret") },
    );
    await store.patch("oauthApps", "p1", "app_production", { set: { [field]: value } });
    expect(await codeOf(apps.resolve(accessTo("p1"), { connector: "lever", environment: "production" }))).toBe(
      "sealed_data_invalid",
    );
  });

  it.each(["environment", "credential"])("of a consent under way is good for no other %s", async (field) => {
    const store = await newStore();
    const { ring } = await start(store);
    const flows = createOAuthFlows({ store, ring });
    const { ticket } = await flows.createTicket(accessTo("p1"), {
      credential: "cred_ours",
      connector: "lever",
      environment: "production",
    });
    const { flow, state, browser } = await flows.beginConsent(ticket, { connector: "lever", environment: "production" });
    const [environment, credential] = field === "environment" ? ["sandbox", "cred_ours"] : ["production", "cred_theirs"];
    await store.patch("oauthFlows", "p1", flow.id, { set: { environment, credential } });
    expect(await codeOf(flows.takeState(state, { connector: "lever", environment, browser }))).toBe("sealed_data_invalid");
  });
});

describe("a store of an older version", () => {
  it("opens, is bound while it is used, and takes no old text any more afterwards, in no process", async () => {
    const { store, ids, first } = await oldStore();
    const serving = await start(store);
    for (const id of ids) expect((await serving.credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);
    const before = await serving.credentials.get(accessTo("p1"), first);
    await serving.bindSeals();
    expect(await serving.credentials.get(accessTo("p1"), first)).toEqual(before);
    for (const id of ids) expect((await store.get("credentials", "p1", id))?.secret).toMatch(/^v2\.k1\./);
    for (const id of ids) expect((await serving.credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);

    // An older process that has not ended yet may still write in its format for a while.
    serving.clock.ms = 299_000;
    await putBack(store, first);
    await serving.bindSeals();
    serving.clock.ms = 599_000 - 1;
    await serving.bindSeals();
    await putBack(store, first);
    expect((await serving.credentials.sign(accessTo("p1"), first)).authorization).toBe(BASIC);
    await serving.bindSeals();
    serving.clock.ms += 300_000;
    await serving.bindSeals();

    await putBack(store, first, K1, { environment: "sandbox" });
    for (const { credentials } of [serving, await start(store)])
      expect(await codeOf(credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
    await serving.bindSeals();
    expect((await store.get("credentials", "p1", first))?.secret).toMatch(/^v1/);
    expect((await serving.credentials.sign(accessTo("p1"), ids[1] as string)).authorization).toBe(BASIC);
  });

  it("is bound by the next process where the first was stopped in the middle", async () => {
    const { store, ids } = await oldStore(5);
    const { bindSeals } = await start(store);
    const stopping = new AbortController();
    let resealed = 0;
    const patch = store.patch.bind(store);
    store.patch = async (...call) => {
      if (call[0] === "credentials" && ++resealed === 2) stopping.abort();
      return patch(...call);
    };
    await bindSeals(stopping.signal);
    expect(await store.count("credentials", "p1", { sealedKid: "k1" })).toBe(3);
    const next = await start(store);
    for (const id of ids) expect((await next.credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);
    await next.bindSeals();
    expect(await store.count("credentials", "p1", { sealedKid: "v2.k1" })).toBe(5);
    expect(await listKeys({ store, ring: next.ring })).toMatchObject([{ kid: "k1", used: 6 }]);
  });

  it("is bound by a rotation too, without the old key", async () => {
    const { store, ids } = await oldStore();
    const { ring } = await start(store, [K2, K1]);
    expect(await listKeys({ store, ring })).toMatchObject([
      { kid: "k2", used: 1 },
      { kid: "k1", used: 3 },
    ]);
    expect(await rotateKeys({ store, ring, settleMs: 0 })).toEqual({ kid: "k2", resealed: 3, failed: [] });
    const { credentials } = await start(store, [K2]);
    for (const id of ids) expect((await credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);
  });

  it("leaves secrets whose key is not configured, and opens them once it is", async () => {
    const { store, first } = await oldStore(2);
    const elsewhere = await oldStore(1, K1);
    expect(elsewhere.first).not.toBe(first);
    await putBack(store, first, K2);
    const without = await start(store);
    await without.bindSeals();
    without.clock.ms = 300_000;
    await without.bindSeals();
    expect(await codeOf(without.credentials.sign(accessTo("p1"), first))).toBe("credential_key_unavailable");
    const both = await start(store, [K1, K2]);
    expect((await both.credentials.sign(accessTo("p1"), first)).authorization).toBe(BASIC);
    await both.bindSeals();
    both.clock.ms = 300_000;
    await both.bindSeals();
    await putBack(store, first, K2);
    expect(await codeOf(both.credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
  });

  it("refuses old text of its own keys while that of a missing key still waits, and binds it once the key is there", async () => {
    const { store, ids, first } = await oldStore(2);
    await putBack(store, first, K2);
    let keys = [K1];
    const ring = createKeyRing([K1], { reload: () => keys, reloadEveryMs: 0 });
    await checkSentinel(store, ring);
    const credentials = createCredentials({ store, ring, connectors: CONNECTORS });
    const bindSeals = createBindSeals({ store, ring, settleMs: 0 });
    await bindSeals();
    const second = ids[1] as string;
    await putBack(store, second);
    expect(await codeOf(credentials.sign(accessTo("p1"), second))).toBe("sealed_data_invalid");
    keys = [K1, K2];
    await bindSeals();
    expect((await store.get("credentials", "p1", first))?.secret).toMatch(/^v2\.k1\./);
    expect((await credentials.sign(accessTo("p1"), first)).authorization).toBe(BASIC);
  });

  it("takes no old text under keys that are configured later either, once none waits", async () => {
    const { store, first } = await oldStore(1);
    await createBindSeals({ store, ring: (await start(store)).ring, settleMs: 0 })();
    await putBack(store, first, K2);
    expect(await codeOf((await start(store, [K1, K2])).credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
  });

  it("is not opened again by a process that began before another one had bound it", async () => {
    const { store, first } = await oldStore(1);
    const patch = store.patch.bind(store);
    let isDone = false;
    const late: DocumentStore = {
      ...store,
      async patch(...call) {
        if (!isDone) {
          isDone = true;
          await createBindSeals({ store: { ...store, patch }, ring: (await start(store)).ring, settleMs: 0 })();
        }
        return patch(...call);
      },
    };
    await start(late);
    await putBack(store, first);
    expect(await codeOf((await start(store)).credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
  });

  it("is not kept open by text that does not open", async () => {
    const { store, ids, first } = await oldStore(2);
    await store.patch("credentials", "p1", first, { set: { secret: `v1.k1.${"A".repeat(40)}.${"A".repeat(40)}` } });
    const { bindSeals, clock, credentials } = await start(store);
    await bindSeals();
    clock.ms = 300_000;
    await bindSeals();
    await putBack(store, ids[1] as string);
    expect(await codeOf(credentials.sign(accessTo("p1"), ids[1] as string))).toBe("sealed_data_invalid");
  });
});

describe("the way around the binding", () => {
  it.each([
    ["removed", (store: DocumentStore) => store.remove("meta", "_system", "key-sentinel")],
    ["put back from an older version", (store: DocumentStore) => makeOld(store)],
  ])("is closed though the mark of a bound store is %s", async (_, undo) => {
    const store = await newStore();
    const { credentials } = await start(store);
    const { id } = await credentials.create(accessTo("p1"), apiKey("ours"));
    // Any other secret of the present format, as the one that signs sessions, tells that the store was bound before.
    await credentials.create(accessTo("p2"), apiKey("theirs"));
    await undo(store);
    await putBack(store, id, K1, { environment: "sandbox" });
    const next = await start(store);
    expect(await codeOf(next.credentials.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
    expect(await codeOf((await start(store)).credentials.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
  });

  it("is closed in a new store from its first start on", async () => {
    const store = await newStore();
    const { credentials } = await start(store);
    const { id } = await credentials.create(accessTo("p1"), apiKey("ours"));
    await putBack(store, id);
    for (const one of [credentials, (await start(store)).credentials])
      expect(await codeOf(one.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
  });

  it("leaves processes that start at once on an old store of one mind", async () => {
    const { store, ids } = await oldStore();
    const both = await Promise.all([start(store), start(store)]);
    for (const { credentials } of both)
      for (const id of ids) expect((await credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);
  });
});

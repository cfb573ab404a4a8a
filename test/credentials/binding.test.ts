import { afterEach, describe, expect, it } from "@jest/globals";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createOAuthApps } from "../../credentials/oauth-apps.ts";
import { createOAuthFlows } from "../../credentials/oauth-flows.ts";
import { createBindSeals } from "../../sealing/bind-seals.ts";
import { createKeyRing, OLDER_FORMATS, type OlderFormat } from "../../sealing/encrypt.ts";
import { listKeys } from "../../sealing/keys.ts";
import { rotateKeys } from "../../sealing/rotate-keys.ts";
import { reveal, Secret } from "../../sealing/secret.ts";
import { checkSentinel } from "../../sealing/sentinel.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { accessTo } from "../support/access.ts";
import { labelAs, sealAs } from "./older-formats.ts";
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

/** A store of the version that wrote this format, with so many API keys. */
async function oldStore(format: OlderFormat, count = 3, key = K1) {
  const store = await newStore();
  const { credentials } = await start(store, [key]);
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { id } = await credentials.create(accessTo("p1"), apiKey(`n${n}`));
    await putBack(format, store, id, key);
    ids.push(id);
  }
  await makeOld(format, store, key);
  return { store, ids, first: ids[0] as string };
}

async function makeOld(format: OlderFormat, store: DocumentStore, key = K1): Promise<void> {
  const text = "the keys fit this store";
  const content = format === "v1" ? text : JSON.stringify({ text, firstFormatRefused: "all" });
  const set = { value: sealAs(format, key, content, SENTINEL), sealedKid: labelAs(format, key) };
  await store.patch("meta", "_system", "key-sentinel", { set });
}

/** Text of an older format, as an old backup has it. */
async function putBack(
  format: OlderFormat,
  store: DocumentStore,
  id: string,
  key = K1,
  change: Record<string, unknown> = {},
): Promise<void> {
  const text = JSON.stringify({ type: "api_key", apiKey: "the-api-key" });
  const bound = ["lever", "production", "api_key", 1];
  const secret = sealAs(format, key, text, { project: "p1", id, field: "secret", bound });
  await store.patch("credentials", "p1", id, { set: { ...change, secret, sealedKid: labelAs(format, key) } });
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
    const third =
      "v3.golden.FbSKQnBUhEBlMNo3ItVX4m-sjuRw9mkOk7REL6pjsvPfp51bZMQuDfdkL7tWyeE0f6_P3ul6Plf4vWrx.RvB2c5hGCou6vDKW780NlvsV_8i8F8S60WOHhKGzjEl7091rnR-9RzDl4uW9mKJrzqCwBqYndcM";
    expect(reveal(golden.open(first, place))).toBe("a secret of the first format");
    const bound = ["lever", "production", "api_key", 3];
    const whole = { ...place, bound, owner: "user-1" };
    expect(reveal(golden.open(second, whole))).toBe("a secret of the second format");
    expect(reveal(golden.open(third, whole))).toBe("a secret of the third format");
    expect([first, second, third].map(golden.labelOf)).toEqual(["golden", "v2.golden", "v3.golden"]);
    for (const older of [first, second]) {
      const resealed = golden.reseal(older, whole);
      expect(golden.labelOf(resealed)).toBe("v3.golden");
      expect(golden.open(resealed, whole)).toEqual(golden.open(older, whole));
      for (const elsewhere of [place, { ...place, bound }, { ...whole, owner: "user-2" }, { ...whole, bound: [] }])
        expect(() => golden.open(resealed, elsewhere)).toThrow("altered");
    }
  });

  it("cannot be passed off as text of another format", () => {
    const ring = createKeyRing([K1]);
    const place = { project: "p1", id: "x", field: "secret" };
    const texts = [...OLDER_FORMATS.map((format) => sealAs(format, K1, "text", place)), ring.seal("text", place)];
    for (const text of texts) {
      expect(reveal(ring.open(text, place))).toBe("text");
      for (const format of ["v1.", "v2.", "v3."])
        if (!text.startsWith(format)) expect(() => ring.open(text.replace(/^v\d\./, format), place)).toThrow("altered");
    }
  });
});

describe("a saved secret", () => {
  it.each([
    ["environment", "sandbox"],
    ["connector", "another"],
    ["auth", "oauth2"],
    ["secretVersion", 2],
    ["owner", "user-2"],
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

describe.each(OLDER_FORMATS)("a store of the version that wrote the format %s", (format) => {
  it("opens, is bound while it is used, and takes no old text any more afterwards, in no process", async () => {
    const { store, ids, first } = await oldStore(format);
    const serving = await start(store);
    for (const id of ids) expect((await serving.credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);
    const before = await serving.credentials.get(accessTo("p1"), first);
    await serving.bindSeals();
    expect(await serving.credentials.get(accessTo("p1"), first)).toEqual(before);
    for (const id of ids) expect((await store.get("credentials", "p1", id))?.secret).toMatch(/^v3\.k1\./);
    for (const id of ids) expect((await serving.credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);

    // An older process that has not ended yet may still write in its format for a while.
    serving.clock.ms = 299_000;
    await putBack(format, store, first);
    await serving.bindSeals();
    serving.clock.ms = 599_000 - 1;
    await serving.bindSeals();
    await putBack(format, store, first);
    expect((await serving.credentials.sign(accessTo("p1"), first)).authorization).toBe(BASIC);
    await serving.bindSeals();
    serving.clock.ms += 300_000;
    await serving.bindSeals();

    await putBack(format, store, first, K1, { owner: "user-2" });
    for (const { credentials } of [serving, await start(store)])
      expect(await codeOf(credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
    await serving.bindSeals();
    expect((await store.get("credentials", "p1", first))?.secret).toMatch(new RegExp(`^${format}`));
    expect((await serving.credentials.sign(accessTo("p1"), ids[1] as string)).authorization).toBe(BASIC);
  });

  it("is bound by the next process where the first was stopped in the middle", async () => {
    const { store, ids } = await oldStore(format, 5);
    const { bindSeals, clock } = await start(store);
    // So late that old text would be refused if nothing of it had been found.
    clock.ms = 300_000;
    const stopping = new AbortController();
    let resealed = 0;
    const patch = store.patch.bind(store);
    store.patch = async (...call) => {
      if (call[0] === "credentials" && ++resealed === 1) stopping.abort();
      return patch(...call);
    };
    await bindSeals(stopping.signal);
    expect(await store.count("credentials", "p1", { sealedKid: labelAs(format, K1) })).toBe(4);
    const next = await start(store);
    for (const id of ids) expect((await next.credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);
    await next.bindSeals();
    expect(await store.count("credentials", "p1", { sealedKid: "v3.k1" })).toBe(5);
    expect(await listKeys({ store, ring: next.ring })).toMatchObject([{ kid: "k1", used: 6 }]);
  });

  it("takes old text for as long as some of it is changed while it is bound", async () => {
    const { store, first } = await oldStore(format, 1);
    const changing: DocumentStore = {
      ...store,
      patch: (...call) => (call[0] === "credentials" ? Promise.resolve(undefined) : store.patch(...call)),
    };
    const { ring } = await start(store);
    const clock = { ms: 0 };
    const bindSeals = createBindSeals({ store: changing, ring, now: () => clock.ms });
    clock.ms = 300_000;
    await bindSeals();
    expect((await (await start(store)).credentials.sign(accessTo("p1"), first)).authorization).toBe(BASIC);
  });

  it("takes no text of another old format, although some of this one waits for its key", async () => {
    const other = format === "v1" ? "v2" : "v1";
    const { store, ids, first } = await oldStore(format, 2);
    await putBack(format, store, first, K2);
    await createBindSeals({ store, ring: (await start(store)).ring, settleMs: 0 })();
    await putBack(other, store, ids[1] as string, K2);
    const { credentials } = await start(store, [K1, K2]);
    expect(await codeOf(credentials.sign(accessTo("p1"), ids[1] as string))).toBe("sealed_data_invalid");
    expect((await credentials.sign(accessTo("p1"), first)).authorization).toBe(BASIC);
  });

  it("is bound by a rotation too, without the old key", async () => {
    const { store, ids } = await oldStore(format);
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
    const { store, first } = await oldStore(format, 2);
    const elsewhere = await oldStore(format, 1, K1);
    expect(elsewhere.first).not.toBe(first);
    await putBack(format, store, first, K2);
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
    await putBack(format, store, first, K2);
    expect(await codeOf(both.credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
  });

  it("refuses old text of its own keys while that of a missing key still waits, and binds it once the key is there", async () => {
    const { store, ids, first } = await oldStore(format, 2);
    await putBack(format, store, first, K2);
    let keys = [K1];
    const ring = createKeyRing([K1], { reload: () => keys, reloadEveryMs: 0 });
    await checkSentinel(store, ring);
    const credentials = createCredentials({ store, ring, connectors: CONNECTORS });
    const bindSeals = createBindSeals({ store, ring, settleMs: 0 });
    await bindSeals();
    const second = ids[1] as string;
    await putBack(format, store, second);
    expect(await codeOf(credentials.sign(accessTo("p1"), second))).toBe("sealed_data_invalid");
    keys = [K1, K2];
    await bindSeals();
    expect((await store.get("credentials", "p1", first))?.secret).toMatch(/^v3\.k1\./);
    expect((await credentials.sign(accessTo("p1"), first)).authorization).toBe(BASIC);
  });

  it("takes no old text under keys that are configured later either, once none waits", async () => {
    const { store, first } = await oldStore(format, 1);
    await createBindSeals({ store, ring: (await start(store)).ring, settleMs: 0 })();
    await putBack(format, store, first, K2);
    expect(await codeOf((await start(store, [K1, K2])).credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
  });

  it("takes no old text under such keys, though text of a key that is not configured was put back meanwhile", async () => {
    const { store, ids, first } = await oldStore(format, 2);
    await createBindSeals({ store, ring: (await start(store)).ring, settleMs: 0 })();
    await putBack(format, store, first, K2);
    await createBindSeals({ store, ring: (await start(store)).ring, settleMs: 0 })();
    const { credentials } = await start(store, [K1, K2]);
    for (const id of [first, ids[1] as string]) {
      await putBack(format, store, id, K2);
      expect(await codeOf(credentials.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
    }
  });

  it("is not opened again by a process that began before another one had bound it", async () => {
    const { store, first } = await oldStore(format, 1);
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
    await putBack(format, store, first);
    expect(await codeOf((await start(store)).credentials.sign(accessTo("p1"), first))).toBe("sealed_data_invalid");
  });

  it("is not kept open by text that does not open", async () => {
    const { store, ids, first } = await oldStore(format, 2);
    await store.patch("credentials", "p1", first, { set: { secret: `${format}.k1.${"A".repeat(40)}.${"A".repeat(40)}` } });
    const { bindSeals, clock, credentials } = await start(store);
    await bindSeals();
    clock.ms = 300_000;
    await bindSeals();
    await putBack(format, store, ids[1] as string);
    expect(await codeOf(credentials.sign(accessTo("p1"), ids[1] as string))).toBe("sealed_data_invalid");
    // Nor is it taken for text that waits for a key: text of keys to come is refused as well.
    await putBack(format, store, ids[1] as string, K2);
    const both = await start(store, [K1, K2]);
    expect(await codeOf(both.credentials.sign(accessTo("p1"), ids[1] as string))).toBe("sealed_data_invalid");
  });
});

describe.each(OLDER_FORMATS)("the way around the binding by text of the format %s", (format) => {
  it.each([
    ["removed", (store: DocumentStore) => store.remove("meta", "_system", "key-sentinel")],
    ["put back from an older version", (store: DocumentStore) => makeOld(format, store)],
  ])("is closed though the mark of a bound store is %s", async (_, undo) => {
    const store = await newStore();
    const { credentials } = await start(store);
    const { id } = await credentials.create(accessTo("p1"), apiKey("ours"));
    // Any other secret of the present format, as the one that signs sessions, tells that the store was bound before.
    await credentials.create(accessTo("p2"), apiKey("theirs"));
    await undo(store);
    await putBack(format, store, id, K1, { owner: "user-2" });
    const next = await start(store);
    expect(await codeOf(next.credentials.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
    expect(await codeOf((await start(store)).credentials.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
  });

  it("is closed in a new store from its first start on", async () => {
    const store = await newStore();
    const { credentials } = await start(store);
    const { id } = await credentials.create(accessTo("p1"), apiKey("ours"));
    await putBack(format, store, id);
    for (const one of [credentials, (await start(store)).credentials])
      expect(await codeOf(one.sign(accessTo("p1"), id))).toBe("sealed_data_invalid");
  });

  it("leaves processes that start at once on an old store of one mind", async () => {
    const { store, ids } = await oldStore(format);
    const both = await Promise.all([start(store), start(store)]);
    for (const { credentials } of both)
      for (const id of ids) expect((await credentials.sign(accessTo("p1"), id)).authorization).toBe(BASIC);
  });
});

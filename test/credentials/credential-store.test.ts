import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createListCredentials } from "../../credentials/list-credentials.ts";
import type { NewCredential } from "../../credentials/types.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { Secret } from "../../sealing/secret.ts";
import type { Access } from "../../store/access.ts";
import type { Collection } from "../../store/collection.ts";
import type { DocumentStore, FindOptions, StoredDocument } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { createMongoStore } from "../../store/mongo.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { CONNECTORS, failure, newKey, openTestCredentials } from "./setup.ts";

const CANARY = "canary-lever-key-0123456789abcdef";

function apiKey(nickname: string, more: Partial<NewCredential> = {}, key = CANARY): NewCredential {
  return { nickname, environment: "production", auth: { type: "api_key", apiKey: new Secret(key) }, ...more };
}

/** `another` opens the same store as another process would. */
type Room = Awaited<ReturnType<typeof openTestCredentials>> & { another(): DocumentStore };

function savedCredentials(open: () => Promise<Room>): void {
  let room: Room;
  const cleanups: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    room = await open();
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
    await room.close();
  });

  it("saves an API key and answers the record without it", async () => {
    const created = await room.credentials.create(accessTo("p1"), apiKey("  Acme production  ", { defaultPerformAs: "user-1" }));
    expect(created).toMatchObject({
      project: "p1",
      owner: null,
      connector: "lever",
      nickname: "Acme production",
      environment: "production",
      auth: "api_key",
      status: "untested",
      scopes: null,
      defaultPerformAs: "user-1",
      account: { userId: null, accountId: null },
      lastTest: null,
      lastUsedAt: null,
      version: 1,
    });
    expect(created.id).toMatch(/^cred_[a-z2-7]{26}$/);
    expect(new Date(created.createdAt).toISOString()).toBe(created.createdAt);
    expect(await room.credentials.get(accessTo("p1"), created.id)).toEqual(created);
  });

  it("signs with Basic, the key as user name and no password", async () => {
    const { id } = await room.credentials.create(accessTo("p1"), apiKey("signing"));
    const signed = await room.credentials.sign(accessTo("p1"), id);
    expect(signed.authorization).toBe(`Basic ${Buffer.from(`${CANARY}:`).toString("base64")}`);
    expect(signed.secretVersion).toBe(1);
    expect(signed.record.id).toBe(id);
  });

  it("fails at once for a refused API key, and signs with the one put in its place", async () => {
    const { id, version } = await room.credentials.create(accessTo("p1"), apiKey("refused"));
    const error = await failure(room.credentials.sign(accessTo("p1"), id, { rejected: 1 }));
    expect(error.code).toBe("credential_rejected");
    const replaced = await room.credentials.replaceApiKey(accessTo("p1"), id, new Secret("another-key"));
    expect(replaced).toMatchObject({ id, nickname: "refused", status: "untested", version: version + 1 });
    const signed = await room.credentials.sign(accessTo("p1"), id, { rejected: 1 });
    expect(signed.authorization).toBe(`Basic ${Buffer.from("another-key:").toString("base64")}`);
    expect(signed.secretVersion).toBe(2);
  });

  it("sees at once what another process changed", async () => {
    const other = createCredentials({ store: room.store, ring: room.ring, connectors: CONNECTORS });
    const { id } = await room.credentials.create(accessTo("p1"), apiKey("shared"));
    await room.credentials.sign(accessTo("p1"), id);
    await other.replaceApiKey(accessTo("p1"), id, new Secret("from-elsewhere"));
    const signed = await room.credentials.sign(accessTo("p1"), id);
    expect(Buffer.from(signed.authorization.slice(6), "base64").toString()).toBe("from-elsewhere:");
    await other.remove(accessTo("p1"), id);
    expect((await failure(room.credentials.sign(accessTo("p1"), id))).code).toBe("not_found");
  });

  it("keeps projects apart: another project's credential answers like a missing one", async () => {
    const { id } = await room.credentials.create(accessTo("p1"), apiKey("mine"));
    const missing = `cred_${"a".repeat(26)}`;
    const calls = (wanted: string) => [
      room.credentials.get(accessTo("p2"), wanted),
      room.credentials.resolve(accessTo("p2"), wanted),
      room.credentials.sign(accessTo("p2"), wanted),
      room.credentials.update(accessTo("p2"), wanted, { nickname: "theirs" }),
      room.credentials.replaceApiKey(accessTo("p2"), wanted, new Secret("x")),
      room.credentials.setStatus(accessTo("p2"), wanted, "healthy"),
      room.credentials.remove(accessTo("p2"), wanted),
    ];
    const theirs = await Promise.all(calls(id).map(failure));
    const nobodys = await Promise.all(calls(missing).map(failure));
    expect(theirs.map((error) => error.code)).toEqual(Array(7).fill("not_found"));
    expect(JSON.stringify(theirs)).toBe(JSON.stringify(nobodys));
    expect((await room.credentials.list(accessTo("p2"))).data).toEqual([]);
    expect((await room.credentials.get(accessTo("p1"), id)).nickname).toBe("mine");
  });

  it("finds by nickname where that is unambiguous", async () => {
    const { id } = await room.credentials.create(accessTo("p3"), apiKey("Only one"));
    await room.credentials.create(accessTo("p3"), apiKey("Twice", { owner: "ann" }));
    await room.credentials.create(accessTo("p3"), apiKey("Twice", { owner: "bob" }));
    expect((await room.credentials.resolve(accessTo("p3"), "Only one")).id).toBe(id);
    expect((await room.credentials.resolve(accessTo("p3"), id)).id).toBe(id);
    expect((await failure(room.credentials.resolve(accessTo("p3"), "Twice"))).code).toBe("not_found");
    expect((await failure(room.credentials.resolve(accessTo("p3"), "Nobody"))).code).toBe("not_found");
  });

  it("refuses a second credential of that nickname for the same owner only", async () => {
    await room.credentials.create(accessTo("p4"), apiKey("Same"));
    const error = await failure(room.credentials.create(accessTo("p4"), apiKey(" Same ")));
    expect(error.code).toBe("conflict");
    expect(error.details?.issues).toMatchObject([{ pointer: "/nickname" }]);
    await room.credentials.create(accessTo("p4"), apiKey("Same", { owner: "ann" }));
    await room.credentials.create(accessTo("p5"), apiKey("Same"));
    const { id } = await room.credentials.create(accessTo("p4"), apiKey("Other"));
    expect((await failure(room.credentials.update(accessTo("p4"), id, { nickname: "Same" }))).code).toBe("conflict");
  });

  it.each([
    ["an empty nickname", { nickname: "   " }, "/nickname"],
    ["a nickname of 101 characters", { nickname: "x".repeat(101) }, "/nickname"],
    ["a nickname with a line break", { nickname: "a\nb" }, "/nickname"],
    ["a nickname with a direction mark", { nickname: "a\u202eb" }, "/nickname"],
    ["a nickname with a soft hyphen", { nickname: "Sa\u00adles" }, "/nickname"],
    ["a nickname with a Hangul filler", { nickname: "Sales\u115f" }, "/nickname"],
    ["a nickname that begins like an id", { nickname: "cred_sales" }, "/nickname"],
    ["a nickname that is an id", { nickname: `cred_${"a".repeat(26)}` }, "/nickname"],
    ["a perform-as id with a space", { defaultPerformAs: "a b" }, "/defaultPerformAs"],
    ["an empty API key", { auth: { type: "api_key", apiKey: new Secret("  ") } }, "/auth/apiKey"],
    ["an API key with a colon", { auth: { type: "api_key", apiKey: new Secret("a:b") } }, "/auth/apiKey"],
    ["an API key with a line break", { auth: { type: "api_key", apiKey: new Secret("a\r\nx: y") } }, "/auth/apiKey"],
    ["an owner with a control character", { owner: "a\u0000b" }, "/owner"],
  ] as [string, Partial<NewCredential>, string][])("refuses %s and says where", async (_, change, pointer) => {
    const error = await failure(room.credentials.create(accessTo("p6"), { ...apiKey("fine"), ...change }));
    expect(error.code).toBe("input_invalid");
    expect(error.details?.issues).toMatchObject([{ pointer }]);
    expect((await room.credentials.list(accessTo("p6"))).data).toEqual([]);
  });

  it("refuses an environment that does not exist, inherited names too", async () => {
    for (const environment of ["moon", "constructor", "__proto__"]) {
      expect((await failure(room.credentials.create(accessTo("p6"), apiKey("fine", { environment })))).code).toBe(
        "environment_unknown",
      );
    }
  });

  it("renames only under the version that was read", async () => {
    const { id, version } = await room.credentials.create(accessTo("p7"), apiKey("before"));
    room.credentials.markUsed(accessTo("p7"), id);
    await room.credentials.settled();
    await room.credentials.setStatus(accessTo("p7"), id, "healthy", {
      lastTest: {
        at: "2026-01-01T00:00:00.000Z",
        ok: true,
        code: "ok",
        message: "usable",
      },
    });
    const renamed = await room.credentials.update(accessTo("p7"), id, { nickname: "after" }, version);
    expect(renamed).toMatchObject({ nickname: "after", status: "healthy", version: version + 1, lastTest: { ok: true } });
    expect(renamed.lastUsedAt).not.toBeNull();
    expect((await failure(room.credentials.update(accessTo("p7"), id, { nickname: "late" }, version))).code).toBe("conflict");
    expect((await room.credentials.update(accessTo("p7"), id, { defaultPerformAs: "user-2" })).defaultPerformAs).toBe("user-2");
    expect((await room.credentials.update(accessTo("p7"), id, { defaultPerformAs: null })).defaultPerformAs).toBeNull();
  });

  it("goes on with a nickname that was saved under an older rule: it is found, kept, and may be changed", async () => {
    for (const nickname of ["cred_sales", "Sa\u00adles", "a\u115fb", "two  spaces"]) {
      const { id } = await room.credentials.create(accessTo("p12"), apiKey("new rule"));
      await room.store.patch("credentials", "p12", id, { set: { nickname } });
      expect((await room.credentials.resolve(accessTo("p12"), nickname)).id).toBe(id);
      const changed = await room.credentials.update(accessTo("p12"), id, { nickname, defaultPerformAs: "user-1" });
      expect(changed).toMatchObject({ nickname, defaultPerformAs: "user-1" });
      expect((await failure(room.credentials.update(accessTo("p12"), id, { nickname: `${nickname}\u00ad` }))).code).toBe(
        "input_invalid",
      );
      await room.credentials.update(accessTo("p12"), id, { nickname: `once ${id}` });
    }
  });

  it("gives every credential once over pages, oldest first, by owner too", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 7; count++) {
      ids.push(
        (await room.credentials.create(accessTo("p8"), apiKey(`n${count}`, { owner: count % 2 === 0 ? "ann" : null }))).id,
      );
    }
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await room.credentials.list(accessTo("p8"), { limit: 3, ...(cursor && { cursor }) });
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next;
      if (cursor === undefined) break;
      expect(page.data).toHaveLength(3);
    }
    expect([...seen].sort()).toEqual([...ids].sort());
    const created = await Promise.all(seen.map(async (id) => (await room.credentials.get(accessTo("p8"), id)).createdAt));
    expect(created).toEqual([...created].sort());
    expect((await room.credentials.list(accessTo("p8"), { owner: "ann" })).data).toHaveLength(4);
    expect((await failure(room.credentials.list(accessTo("p8"), { cursor: "nonsense" }))).code).toBe("cursor_invalid");
    expect((await failure(room.credentials.list(accessTo("p8"), { limit: 0 }))).code).toBe("input_invalid");
  });

  it("finds by part of nickname or id, by state, environment and warning, however it is spelt, page after page", async () => {
    const access = accessTo("search");
    const names = ["Straße 1", "Café", "STRASSE 2", "other", "strasse 3"];
    const made: string[] = [];
    for (const name of names) made.push((await room.credentials.create(access, apiKey(name))).id);
    await room.credentials.setStatus(access, made[2] as string, "failing");
    const list = (options: object) => room.credentials.list(access, options);
    const namesOf = ({ data }: Awaited<ReturnType<typeof list>>) => data.map(({ nickname }) => nickname);
    expect(namesOf(await list({ search: "strasse" }))).toEqual(["Straße 1", "STRASSE 2", "strasse 3"]);
    expect(namesOf(await list({ search: " CAFE " }))).toEqual(["Café"]);
    expect(namesOf(await list({ search: made[3] }))).toEqual(["other"]);
    expect(namesOf(await list({ status: "failing" }))).toEqual(["STRASSE 2"]);
    expect(namesOf(await list({ search: "strasse", status: "untested" }))).toEqual(["Straße 1", "strasse 3"]);
    await room.credentials.create(access, { ...apiKey("elsewhere"), environment: "sandbox" });
    expect(namesOf(await list({ environment: "sandbox" }))).toEqual(["elsewhere"]);
    await room.credentials.update(access, made[1] as string, { defaultPerformAs: "somebody" });
    const performAs = { user: "somebody", state: "deactivated" } as const;
    await room.credentials.setStatus(access, made[1] as string, "healthy", { performAs });
    expect(namesOf(await list({ warning: true }))).toEqual(["Café"]);
    expect(namesOf(await list({ warning: false, status: "healthy" }))).toEqual([]);
    const first = await list({ search: "strasse", limit: 2 });
    expect(namesOf(first)).toEqual(["Straße 1", "STRASSE 2"]);
    const second = await list({ search: "strasse", limit: 2, cursor: first.next });
    expect([namesOf(second), second.next]).toEqual([["strasse 3"], undefined]);
    expect(await list({ search: "nothing of this" })).toEqual({ data: [] });
    expect((await room.credentials.list(accessTo("p8"), { search: "strasse" })).data).toEqual([]);
  });

  it("leaves a consent pending until tokens are saved", async () => {
    const created = await room.credentials.create(accessTo("p9"), {
      nickname: "consent",
      environment: "sandbox",
      auth: { type: "oauth2" },
    });
    expect(created).toMatchObject({ auth: "oauth2", status: "pending", scopes: [] });
    expect((await failure(room.credentials.sign(accessTo("p9"), created.id))).code).toBe("credential_pending");
    await room.credentials.setStatus(accessTo("p9"), created.id, "healthy");
    expect((await room.credentials.get(accessTo("p9"), created.id)).status).toBe("pending");
    expect((await failure(room.credentials.replaceApiKey(accessTo("p9"), created.id, new Secret("x")))).code).toBe("conflict");
  });

  it("remembers use once a minute, whoever notes it", async () => {
    const writes: unknown[] = [];
    const counting: DocumentStore = {
      ...room.store,
      patch: async (...call) => {
        const changed = await room.store.patch(...call);
        if (changed !== undefined) writes.push(call);
        return changed;
      },
    };
    const options = { store: counting, ring: room.ring, connectors: CONNECTORS };
    const [one, two] = [createCredentials(options), createCredentials(options)];
    const { id } = await one.create(accessTo("p10"), apiKey("used"));
    for (let count = 0; count < 50; count++) one.markUsed(accessTo("p10"), id);
    await one.settled();
    two.markUsed(accessTo("p10"), id);
    await two.settled();
    expect(writes).toHaveLength(1);
    one.markUsed(accessTo("p10"), `cred_${"a".repeat(26)}`);
    await one.settled();
  });

  it("never signs by a read that began before the call", async () => {
    const held: (() => void)[] = [];
    const slow: DocumentStore = {
      ...room.store,
      async get(...call) {
        const document = await room.store.get(...call);
        await new Promise<void>((resolve) => held.push(resolve));
        return document;
      },
    };
    const credentials = createCredentials({ store: slow, ring: room.ring, connectors: CONNECTORS });
    const { id } = await room.credentials.create(accessTo("p11"), apiKey("old name"));
    const before = credentials.sign(accessTo("p11"), id);
    while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await room.credentials.update(accessTo("p11"), id, { nickname: "new name" });
    const after = credentials.sign(accessTo("p11"), id);
    held[0]?.();
    expect((await before).record.nickname).toBe("old name");
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    held[1]?.();
    expect((await after).record.nickname).toBe("new name");
  });

  it("signs by what another process has replaced, whatever was read just before", async () => {
    const other = room.another();
    cleanups.push(() => other.dispose());
    const there = createCredentials({ store: other, ring: room.ring, connectors: CONNECTORS });
    const { id } = await room.credentials.create(accessTo("p13"), apiKey("fresh"));
    await there.sign(accessTo("p13"), id);
    await room.credentials.replaceApiKey(accessTo("p13"), id, new Secret("another-key"));
    expect((await there.sign(accessTo("p13"), id)).secretVersion).toBe(2);
  });

  it("signs for no process by what was there before a change, as soon as that is acknowledged", async () => {
    const other = room.another();
    cleanups.push(() => other.dispose());
    const there = createCredentials({ store: other, ring: room.ring, connectors: CONNECTORS });
    /** Calls that go on and on in the other process; those that begin after the acknowledgement must see the change. */
    async function whileSigning(id: string, change: () => Promise<unknown>, isChanged: () => Promise<boolean>) {
      let acknowledged = false;
      let stale = 0;
      let calls = 0;
      const caller = async () => {
        for (let more = 20; more > 0; more -= acknowledged ? 1 : 0) {
          // The embedded store answers at once; without a turn of the event loop in between nothing else would run.
          await new Promise((resolve) => setImmediate(resolve));
          const mustSee = acknowledged;
          const seen = await isChanged();
          calls += 1;
          if (mustSee && !seen) stale += 1;
        }
      };
      const callers = Promise.all([caller(), caller(), caller()]);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await change().finally(() => {
        acknowledged = true;
      });
      await callers;
      expect([id, stale]).toEqual([id, 0]);
      expect(calls).toBeGreaterThan(60);
    }
    for (let round = 0; round < 5; round++) {
      const { id } = await room.credentials.create(accessTo("p12"), apiKey(`shared ${round}`));
      const authorization = () => there.sign(accessTo("p12"), id).then((signed) => signed.authorization);
      const old = await authorization();
      await whileSigning(
        id,
        () => room.credentials.replaceApiKey(accessTo("p12"), id, new Secret("another-key")),
        async () => (await authorization()) !== old,
      );
      await whileSigning(
        id,
        () => room.credentials.update(accessTo("p12"), id, { defaultPerformAs: "8d49b010-cc6a-4f40-ace5-e86061c677ed" }),
        async () => (await there.sign(accessTo("p12"), id)).record.defaultPerformAs !== null,
      );
      await whileSigning(
        id,
        () => room.credentials.remove(accessTo("p12"), id),
        () =>
          authorization().then(
            () => false,
            (error) => error.code === "not_found",
          ),
      );
    }
  });
}

describe("saved credentials on the embedded store", () =>
  savedCredentials(async () => {
    const room = await openTestCredentials();
    return { ...room, another: () => createEmbeddedStore({ dataDir: room.folder }) };
  }));

describeWithMongod("saved credentials on MongoDB", () =>
  savedCredentials(async () => {
    const uri = (await sharedMongod()).dbUri(`saved_${process.pid}`);
    const store = createMongoStore({ uri });
    await store.open();
    const ring = createKeyRing([newKey("k1")]);
    const credentials = createCredentials({ store, ring, connectors: CONNECTORS });
    async function close() {
      await credentials.settled();
      await store.dispose();
    }
    return { store, folder: "", credentials, ring, close, another: () => createMongoStore({ uri }) };
  }),
);

describe("a secret of a saved credential", () => {
  it("is found in no record, error, printed form or file", async () => {
    const room = await openTestCredentials();
    const { id } = await room.credentials.create(accessTo("p1"), apiKey("canary", {}, CANARY));
    const signed = await room.credentials.sign(accessTo("p1"), id);
    const document = await room.store.get("credentials", "p1", id);
    const rejected = await failure(room.credentials.sign(accessTo("p1"), id, { rejected: 1 }));
    const invalid = await failure(room.credentials.create(accessTo("p1"), apiKey("bad", {}, `${CANARY}:x`)));
    const secret = new Secret(CANARY);
    const shown = [signed, document, rejected, invalid, secret, { nested: [secret] }, room.credentials, room.ring]
      .flatMap((value) => [
        JSON.stringify(value),
        inspect(value, { depth: 9, showHidden: false }),
        String(value),
        `${inspect({ ...value })}`,
      ])
      .join("\n");
    for (const form of forms(CANARY)) expect(shown).not.toContain(form);
    for (const name of readdirSync(room.folder)) {
      const bytes = readFileSync(join(room.folder, name));
      for (const form of forms(CANARY)) expect(bytes.includes(form)).toBe(false);
    }
    await room.close();
  });

  it("does not open for another record, project or ring", async () => {
    const room = await openTestCredentials();
    const { store, credentials } = room;
    const [mine, theirs] = [
      await credentials.create(accessTo("p1"), apiKey("mine")),
      await credentials.create(accessTo("p2"), apiKey("theirs", {}, "other")),
    ];
    await credentials.sign(accessTo("p1"), mine.id);
    const sealed = (await store.get("credentials", "p1", mine.id)) as StoredDocument;
    await store.patch("credentials", "p2", theirs.id, { set: { secret: sealed.secret } });
    expect((await failure(credentials.sign(accessTo("p2"), theirs.id))).code).toBe("sealed_data_invalid");
    // A whole record copied into another project, id and all, while its secret is still open in memory.
    const { version: _, ...copy } = sealed;
    await store.insert("credentials", { ...copy, id: mine.id, project: "p2" });
    expect((await failure(credentials.sign(accessTo("p2"), mine.id))).code).toBe("sealed_data_invalid");
    const stranger = createCredentials({ store, ring: createKeyRing([newKey("k2")]), connectors: CONNECTORS });
    expect((await failure(stranger.sign(accessTo("p1"), mine.id))).code).toBe("credential_key_unavailable");
    const impostor = createCredentials({ store, ring: createKeyRing([newKey("k1")]), connectors: CONNECTORS });
    expect((await failure(impostor.sign(accessTo("p1"), mine.id))).code).toBe("sealed_data_invalid");
    await room.close();
  });
});

function forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [text, bytes.toString("base64").slice(0, 20), bytes.toString("hex"), [...text].reverse().join(""), text.slice(0, 12)];
}

describe("a search among very many credentials", () => {
  it("looks at 5,000 at a time, and says where to go on though it found none", async () => {
    const found: number[] = [];
    const store = {
      async find(_access: Access, { limit = 0, after }: FindOptions) {
        const from = Number(after?.createdAtMs ?? 0);
        found.push(limit);
        return Array.from({ length: Math.min(limit, 7_000 - from) }, (_, n) => ({
          ...record,
          id: `cred_${from + n + 1}`,
          createdAtMs: from + n + 1,
          nickname: from + n + 1 === 6_500 ? "wanted" : "other",
        }));
      },
    } as unknown as Collection;
    const list = createListCredentials(store);
    const first = await list(accessTo("p1"), { search: "wanted" });
    expect([first.data.length, found.length]).toEqual([0, 5]);
    const second = await list(accessTo("p1"), { search: "wanted", ...(first.next && { cursor: first.next }) });
    expect(second.data.map(({ id }) => id)).toEqual(["cred_6500"]);
    expect([second.next, found.length]).toEqual([undefined, 8]);
  });

  const record = { project: "p1", owner: "", status: "untested", auth: "api_key", lastTest: null, scopes: null };
});

import { expect } from "@jest/globals";
import type { CredentialDocument } from "../../../credentials/document.ts";
import { openSecret } from "../../../credentials/secret-text.ts";
import { type ConnectorError, isConnectorError } from "../../../errors/connector-error.ts";
import { createKeyRing } from "../../../sealing/encrypt.ts";
import { parseKeys } from "../../../sealing/parse-keys.ts";
import { rotateKeys } from "../../../sealing/rotate-keys.ts";
import { reveal, Secret } from "../../../sealing/secret.ts";
import { checkSentinel } from "../../../sealing/sentinel.ts";
import { COLLECTIONS, type CollectionName } from "../../../store/collections.ts";
import { EVERY_PROJECT } from "../../../store/document-store.ts";
import { connect } from "../../credentials/oauth-setup.ts";
import { newKey } from "../../credentials/setup.ts";
import { accessTo } from "../../support/access.ts";
import { assertWhole } from "./assert-whole.ts";
import { PROJECT, sha256, toWrite, withOwnKeys } from "./jobs.ts";
import { type KillStage, killAtPoint, killAtRandom, killMongod } from "./kill-stage.ts";
import { openParts, type Parts, type Place, type Tuning, WRITE_ONCE } from "./parts.ts";
import type { Strike } from "./strike.ts";
import type { Line } from "./workers.ts";

export type Point = Omit<Strike, "signal">;
const HOUR_MS = 3_600_000;
const LEASE_MS = 300;

/** Opens the store anew, as the next start would, and closes it again. */
export async function reopened<T>(place: Place, tuning: Tuning, look: (parts: Parts) => Promise<T>): Promise<T> {
  const parts = openParts(place, { leaseMs: LEASE_MS, ...tuning });
  await parts.store.open();
  try {
    return await look(parts);
  } finally {
    await parts.close();
  }
}

/** Creating, changing, renaming and removing credentials. */
export async function killCredentialWrites(stage: KillStage, times: number, points: readonly Point[] = []): Promise<void> {
  for (let round = 0; round < times + points.length; round += 1) {
    const job = { do: "credentials", place: stage.place, prefix: `c${stage.kills}` } as const;
    const point = points[round - times];
    const printed = point ? await killAtPoint(stage, job, point) : await killAtRandom(stage, job);
    await assertCredentials(stage, printed);
  }
}

interface Known {
  id: string;
  key: string;
  nickname: string;
  removed?: boolean;
  next?: Partial<Known> | undefined;
}

async function assertCredentials({ place }: KillStage, printed: readonly Line[]): Promise<void> {
  const known = new Map<number, Known>();
  for (const { n, ...line } of printed) {
    if (n === undefined || line.failed !== undefined) continue;
    known.set(n, { ...(known.get(n) as Known), next: undefined, ...line });
  }
  await reopened(place, {}, async ({ store, ring, credentials }) => {
    for (const { id, key, nickname, removed, next } of known.values()) {
      const document = await store.get("credentials", PROJECT, id);
      if (removed || (next?.removed && document === undefined)) {
        expect(document).toBeUndefined();
        continue;
      }
      const secret = openSecret(ring, document as CredentialDocument, String(document?.secret));
      expect([key, next?.key ?? key]).toContain(secret.type === "api_key" && reveal(secret.apiKey));
      expect([nickname, next?.nickname ?? nickname]).toContain((await credentials.get(accessTo(PROJECT), id)).nickname);
    }
    await assertWhole(store, ring);
  });
}

/** Refreshing again and again. Killed between Lever's answer and our save, the consent is lost and says so; else it goes on. */
export async function killRefreshes(stage: KillStage, times: number, points: readonly Point[] = []): Promise<void> {
  const { room, place } = stage;
  let credential = await connect(room);
  let shiftMs = 0;
  for (let round = 0; round < times + points.length; round += 1) {
    const tuning = { leaseMs: LEASE_MS, shiftMs };
    const job = { do: "refreshes", place, tuning, credential } as const;
    const point = points[round - times];
    const printed = point ? await killAtPoint(stage, job, point) : await killAtRandom(stage, job);
    const ended = await assertRefreshed(stage, credential, printed, shiftMs);
    shiftMs = ended.shiftMs;
    if (point !== undefined) expect([point, ended.lost]).toEqual([point, isLostAt(point)]);
    if (!ended.lost) continue;
    credential = await connect(room);
    shiftMs = 0;
  }
}

/** Only here has Lever spent the old refresh token, and the new one lives nowhere but in the dead process. */
function isLostAt({ when, at }: Point): boolean {
  return (when === "after" && at === "token") || (when === "before" && at === "patch credentials.secretVersion");
}

async function assertRefreshed({ room, place }: KillStage, credential: string, printed: readonly Line[], fromMs: number) {
  const acknowledged = printed.filter(({ version }) => version !== undefined);
  const last = acknowledged.at(-1) ?? { version: 0, shiftMs: fromMs - HOUR_MS };
  const { tokens } = room.running.playground;
  const reuses = tokens.reuseDetected;
  const shiftMs = last.shiftMs + 2 * HOUR_MS;
  return reopened(place, { shiftMs }, async ({ store, ring, credentials }) => {
    const document = await store.get("credentials", PROJECT, credential);
    expect(document?.secretVersion).toBeGreaterThanOrEqual(last.version);
    const error = await credentials.sign(accessTo(PROJECT), credential).then(
      () => undefined,
      (reason: ConnectorError) => reason,
    );
    await assertWhole(store, ring);
    if (error === undefined) {
      expect(tokens.reuseDetected - reuses).toBe(0);
      return { lost: false, shiftMs: shiftMs + HOUR_MS };
    }
    expect(error).toMatchObject({ code: "credential_reauth_required", message: expect.stringContaining("lost with a process") });
    expect((await credentials.get(accessTo(PROJECT), credential)).status).toBe("reauth_required");
    const asked = tokens.tokenRequests;
    await expect(credentials.sign(accessTo(PROJECT), credential)).rejects.toMatchObject({ code: "credential_reauth_required" });
    expect(tokens.tokenRequests).toBe(asked);
    return { lost: true, shiftMs };
  });
}

/** Tag writes with Idempotency-Keys; every other is declared as one that must not be sent twice. */
export async function killWrites(stage: KillStage, times: number, points: readonly Point[] = []): Promise<void> {
  const credential = await savedKey(stage);
  for (let round = 0; round < times + points.length; round += 1) {
    const prefix = `w${stage.kills}`;
    const opportunities = ids(stage);
    const job = { do: "writes", place: stage.place, tuning: { leaseMs: LEASE_MS }, credential, prefix, opportunities } as const;
    const point = points[round - times];
    const printed = point ? await killAtPoint(stage, job, point) : await killAtRandom(stage, job);
    await assertWrites(stage, job, printed);
  }
}

/** Id of the record of a key that this test gave. */
function keyRecord(key: string): string {
  return `idem_${sha256(["", accessTo(PROJECT).actor, key].join("\n"))}`;
}

interface Writes {
  readonly credential: string;
  readonly prefix: string;
  readonly opportunities: readonly string[];
}

/** `forgetful`: the database was away as well, so that a write that was made may not have been recorded. */
async function assertWrites(stage: KillStage, writes: Writes, printed: readonly Line[], forgetful = false): Promise<void> {
  const { prefix, credential, opportunities } = writes;
  const done = new Map(printed.filter((line) => line.done !== undefined).map((line) => [line.n as number, line.done as string]));
  const begun = printed.filter((line) => line.begun).map(({ n }) => n as number);
  await reopened(stage.place, { connector: stage.connector }, async ({ store, ring, runtime }) => {
    await assertWhole(store, ring);
    for (const n of begun) {
      const call = toWrite(prefix, n, credential, opportunities);
      const applied = () => appliedTimes(stage, `${prefix}-${n}`);
      const before = applied();
      if (done.has(n)) expect(before).toBeGreaterThanOrEqual(1);
      // As if the time had passed that the record stays taken for after a crash.
      const running = { state: "running" } as const;
      await store.patch("writes", PROJECT, keyRecord(call.idempotencyKey), { set: { leaseExpiresAtMs: 0 } }, running);
      const again = await runtime()
        .execute(call)
        .catch((error: unknown) => (isConnectorError(error) ? error.code : Promise.reject(error)));
      if (again === "outcome_unknown") {
        expect([n, call.operation, done.has(n) && !forgetful]).toEqual([n, WRITE_ONCE, false]);
      } else {
        if (typeof again === "string") throw new Error(`write ${n}: ${again}`);
        const { output, meta } = again;
        if (done.has(n) && !forgetful) expect([n, meta.replayed, sha256(JSON.stringify(output))]).toEqual([n, true, done.get(n)]);
        expect(applied()).toBeGreaterThanOrEqual(1);
      }
      if (call.operation === WRITE_ONCE || (done.has(n) && !forgetful))
        expect([n, applied()]).toEqual([n, Math.min(1, applied())]);
      expect(changedTimes(stage, `${prefix}-${n}`)).toBe(Math.min(1, applied()));
    }
    await assertWhole(store, ring);
  });
}

function appliedTimes({ room }: KillStage, tag: string): number {
  return room.running.playground.ledger.since(0).filter(({ tags }) => tags?.includes(tag)).length;
}

function changedTimes({ room }: KillStage, tag: string): number {
  return room.running.playground.ledger.since(0).filter(({ changed }) => changed?.includes(tag)).length;
}

/** A killed holder frees the object within its lease, and the next write comes after it. */
export async function killTurnHolders(stage: KillStage, points: readonly Point[]): Promise<void> {
  const leaseMs = 1_000;
  const credential = await savedKey(stage);
  const [opportunity = ""] = ids(stage);
  for (const point of points) {
    const prefix = `t${stage.kills}`;
    const job = {
      do: "writes",
      place: stage.place,
      tuning: { leaseMs },
      credential,
      prefix,
      opportunities: [opportunity],
    } as const;
    await killAtPoint(stage, job, point);
    await reopened(stage.place, { leaseMs, connector: stage.connector }, async ({ runtime }) => {
      const { execute } = runtime();
      const startedAtMs = Date.now();
      const tags = [`${prefix} after`];
      await execute({
        access: accessTo(PROJECT),
        operation: "add_opportunity_tags",
        credential,
        input: { opportunity_id: opportunity, tags },
      });
      expect(Date.now() - startedAtMs).toBeLessThan(leaseMs + 4_000);
    });
    expect(stage.room.running.playground.ledger.since(0).at(-1)?.tags).toEqual([`${prefix} after`]);
  }
}

/** Rotations to a new key, each killed some times and then ended: nothing is left under the old key, everything opens with the new one alone. */
export async function killRotations(stage: KillStage, times: number, points: readonly Point[] = []): Promise<void> {
  const place = { ...stage.place, store: stage.newStore() };
  let old = newKey("r0");
  await reopened({ ...place, keys: createKeyRing([old]) }, {}, seedSealed);
  const rounds = times + points.length;
  for (let round = 0; round < rounds; round += 1) {
    const fresh = newKey(`r${round + 1}`);
    const keys = [fresh, old].map(({ kid, key }) => `${kid}:${key.toString("base64")}`).join();
    const point = points[round - times];
    const job = { do: "rotate", place: { ...place, keys } } as const;
    if (point) await killAtPoint(stage, job, point);
    else await killAtRandom(stage, job, SEALED, 3);
    const ring = createKeyRing(parseKeys(keys));
    await reopened({ ...place, keys: ring }, {}, async ({ store }) => {
      expect(await assertWhole(store, ring)).toBe(SEALED);
      expect(await rotateKeys({ store, ring, settleMs: 0 })).toMatchObject({ kid: fresh.kid, failed: [] });
      for (const collection of Object.keys(COLLECTIONS) as CollectionName[]) {
        if (!("sealed" in COLLECTIONS[collection])) continue;
        for (const label of [old.kid, `v2.${old.kid}`, `v3.${old.kid}`])
          expect(await store.count(collection, EVERY_PROJECT, { sealedKid: label })).toBe(0);
      }
      expect(await assertWhole(store, createKeyRing([fresh]))).toBe(SEALED);
    });
    old = fresh;
  }
}

const SEALED = 41;

async function seedSealed({ store, ring, credentials }: Parts): Promise<void> {
  await checkSentinel(store, ring);
  for (let n = 1; n < SEALED; n += 1) {
    const auth = { type: "api_key", apiKey: new Secret(`sealed-${n}`) } as const;
    await credentials.create(accessTo(PROJECT), { nickname: `sealed ${n}`, environment: "playground", auth });
  }
}

/** A first start that is cut short leaves nothing that a second could not begin with. */
export async function killStarts(stage: KillStage, times: number, points: readonly Point[] = []): Promise<void> {
  for (let round = 0; round < times + points.length; round += 1) {
    const place = { ...stage.place, store: stage.newStore() };
    const point = points[round - times];
    const job = { do: "start", place } as const;
    const printed = point ? await killAtPoint(stage, job, point) : await killAtRandom(stage, job, 3, 60);
    const id = printed.find((line) => line.id !== undefined)?.id as string | undefined;
    await reopened(withOwnKeys(place), {}, async ({ store, ring, credentials }) => {
      await checkSentinel(store, ring);
      if (id) expect((await credentials.sign(accessTo(PROJECT), id)).authorization).toBe(`Basic ${btoa("first-key:")}`);
      await assertWhole(store, ring);
    });
  }
}

/** The database server itself dies under the work, and comes back. */
export async function killDatabase(stage: KillStage, times: number): Promise<void> {
  const { place, room } = stage;
  const key = await savedKey(stage);
  for (let round = 0; round < times; round += 1) {
    const prefix = `m${stage.kills}`;
    const write = {
      do: "writes",
      place,
      tuning: { leaseMs: LEASE_MS },
      credential: key,
      prefix,
      opportunities: ids(stage),
    } as const;
    if (round % 3 === 2) await assertCredentials(stage, await killMongod(stage, { do: "credentials", place, prefix }));
    if (round % 3 === 0) await assertWrites(stage, write, await killMongod(stage, write), true);
    if (round % 3 !== 1) continue;
    const credential = await connect(room);
    const tuning = { leaseMs: LEASE_MS };
    await assertRefreshed(stage, credential, await killMongod(stage, { do: "refreshes", place, tuning, credential }), 0);
  }
}

function ids({ room }: KillStage): string[] {
  return room.running.playground.world.opportunities.rows.slice(0, 6).map(({ id }) => id);
}

export async function savedKey({ place, room }: KillStage): Promise<string> {
  const defaultPerformAs = room.running.playground.world.users.rows[0]?.id as string;
  return reopened(place, {}, async ({ credentials }) => {
    const nickname = `key ${Math.random()}`;
    const auth = { type: "api_key", apiKey: new Secret("playground") } as const;
    return (await credentials.create(accessTo(PROJECT), { nickname, environment: "playground", auth, defaultPerformAs })).id;
  });
}

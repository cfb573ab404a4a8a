import type { Connection, Model } from "mongoose";
import { ConnectorError } from "../errors/connector-error.ts";
import { toTakeResult } from "./bucket.ts";
import { assertChange, assertDocument } from "./check-document.ts";
import { COLLECTIONS, type CollectionName, type FieldType } from "./collections.ts";
import { type DocumentStore, EVERY_PROJECT, type ProjectScope, type StoredDocument, type TakeOptions } from "./document-store.ts";
import { BUCKET_EXPIRY_INDEX, drainPipeline, type KeptBucket, leftBehind, takePipeline, UNUSED } from "./mongo-bucket.ts";
import { isNeverSent, toStoreError } from "./mongo-errors.ts";
import { type MongoFilter, toFilter, toMongoSort, toPipeline } from "./mongo-query.ts";
import { checkMongoUri } from "./mongo-uri.ts";
import { toDocument, toKept, toKey } from "./mongo-values.ts";
import { afterRuns, physicalIndexes, planQuery, type Term, toLimit, toTerms } from "./query-plan.ts";

type Kept = Record<string, unknown>;
type KeptModel = Model<Kept>;

interface Database {
  readonly connection: Connection;
  readonly models: ReadonlyMap<CollectionName, KeptModel>;
  /** Since when there has been no server to write to; undefined while there is one. */
  awaySinceMs(): number | undefined;
  /** Marks a filter as built by us; anything else with operators in it is defused (`sanitizeFilter`). */
  trusted(filter: MongoFilter): MongoFilter;
}

/** How long calls wait for a server to write to. */
const SERVER_SELECTION_MS = 2000;
/** How often servers are looked at: a lost one is found again, and one that stands still is noticed, within about this and a connect. */
const HEARTBEAT_MS = 500;
/** When there has been none for so long, calls wait for less. Below the other: a call that comes right after one that waited must not wait for long again. */
const LONG_AWAY_MS = 1000;
/** How long they wait then: enough to notice that there is one again. */
const STILL_AWAY_MS = 700;
const LOOK_EVERY_MS = 50;
const READ_LIMIT_MS = 5000;
const DUPLICATE_KEY = 11000;
const CALL_LIMIT_MS = 10_000;
const MAX_NEVER_SENT = 5;
/** Long enough for the closing of the other dead connections to be noticed. */
const NEVER_SENT_PAUSE_MS = 100;
const SOCKET_LIMIT_MS = 10_000;
const CHANGED = { returnDocument: "after", lean: true, updatePipeline: true } as const;
/** Buckets need not survive a failover; waiting for a majority would more than double the cost of a call. */
const BUCKET_WRITE = { upsert: true, returnDocument: "after", writeConcern: { w: 1, journal: false } } as const;

/**
 * Documents in MongoDB through mongoose, for more than one machine: a standalone server, a replica set or a sharded cluster. Writes are
 * acknowledged by a majority and journalled. mongoose is loaded when the store is opened, by `open()` or the first call; if that fails,
 * the next call tries again, and a lost server is found again without any call.
 *
 * @throws ConnectorError at once `config_invalid` for an unsafe address; from every call `conflict`, `store_unavailable`, `store_full`
 */
export function createMongoStore({ uri, mustExist = false }: { uri: string; mustExist?: boolean }): DocumentStore {
  const { dbName } = checkMongoUri(uri);
  let opening: Promise<Database> | undefined;
  let disposed = false;

  function open(): Promise<Database> {
    if (disposed) return Promise.reject(new ConnectorError("store_unavailable", "The store is closed."));
    opening ??= openDatabase(uri, dbName, mustExist).catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  /** Runs one call, with the driver's errors made ours. */
  async function call<T>(work: (database: Database) => Promise<T>): Promise<T> {
    try {
      const database = await open();
      await whileLongAway(database);
      return await withinLimit(whileNeverSent(() => work(database)));
    } catch (error) {
      throw toStoreError(error);
    }
  }

  function on<T>(collection: CollectionName, work: (model: KeptModel, trusted: Database["trusted"]) => Promise<T>): Promise<T> {
    return call(({ models, trusted }) => work(models.get(collection) as KeptModel, trusted));
  }

  function onBucket(bucket: string, pipeline: Kept[]): Promise<KeptBucket> {
    return call(async ({ connection }) => {
      const update = () =>
        connection.collection<{ _id: string }>("buckets").findOneAndUpdate({ _id: bucket }, pipeline, BUCKET_WRITE);
      // Two first calls may both try to make the bucket; the second finds it then.
      const updated = await update().catch((error) => (error.code === DUPLICATE_KEY ? update() : Promise.reject(error)));
      return updated as unknown as KeptBucket;
    });
  }

  /** What a call that wants no token would find, without writing it. */
  function lookAt(bucket: string, options: TakeOptions): Promise<KeptBucket> {
    return call(async ({ connection }) => {
      const stages = [{ $match: { _id: bucket } }, ...takePipeline(options)];
      const [found] = await connection.collection("buckets").aggregate(stages, { maxTimeMS: READ_LIMIT_MS }).toArray();
      return (found as unknown as KeptBucket | undefined) ?? UNUSED;
    });
  }

  return {
    kind: "mongodb",
    async insert(collection, document) {
      assertDocument(collection, document);
      const kept: Kept = { _id: toKey(document.project, document.id), ...toKept({ ...document, version: 1 }) };
      await on(collection, (model) => model.collection.insertOne(kept as never));
      return toDocument(kept) as never;
    },
    get: (collection, scope, id) =>
      // By the driver and the bare key: mongoose, and conditions that the server has to plan, would more than double the cost.
      on(collection, async (model) => {
        const found = await model.collection.findOne(keyFilter(scope, id) as never, { maxTimeMS: READ_LIMIT_MS });
        return found ? toDocument(found) : undefined;
      }),
    find: (collection, scope, { where, sort, limit, after } = {}) =>
      on(collection, async (model, trusted) => {
        const terms = toTerms(collection, scope, where);
        const plan = planQuery(collection, terms, sort);
        const most = toLimit(limit);
        const found: StoredDocument[] = [];
        for (const run of afterRuns(collection, plan, after)) {
          if (found.length === most) break;
          const query = model
            .find(trusted(toFilter([...terms, ...run])))
            .sort(toMongoSort(plan))
            .hint(plan.index.name);
          found.push(
            ...(
              await query
                .limit(most - found.length)
                .maxTimeMS(READ_LIMIT_MS)
                .lean()
            ).map(toDocument),
          );
        }
        return found;
      }),
    patch: (collection, scope, id, change, where) =>
      on(collection, async (model, trusted) => {
        assertChange(collection, change);
        const filter = trusted(atKey(scope, id, toTerms(collection, EVERY_PROJECT, where)));
        const changed = await model.findOneAndUpdate(filter, toPipeline(change), CHANGED);
        return changed ? toDocument(changed) : undefined;
      }),
    claim: (collection, scope, { where, sort }, change) =>
      on(collection, async (model, trusted) => {
        assertChange(collection, change);
        const terms = toTerms(collection, scope, where);
        const plan = planQuery(collection, terms, sort);
        const options = { ...CHANGED, sort: toMongoSort(plan), hint: plan.index.name };
        const changed = await model.findOneAndUpdate(trusted(toFilter(terms)), toPipeline(change), options);
        return changed ? toDocument(changed) : undefined;
      }),
    remove: (collection, scope, id, where) =>
      on(collection, async (model, trusted) => {
        const filter = atKey(scope, id, toTerms(collection, EVERY_PROJECT, where));
        return (await model.deleteOne(trusted(filter))).deletedCount > 0;
      }),
    removeMany: (collection, scope, where, limit = 1000) =>
      on(collection, async (model, trusted) => {
        const terms = toTerms(collection, scope, where);
        const query = model.find(trusted(toFilter(terms)), { _id: 1 }).hint(planQuery(collection, terms).index.name);
        const keys = (await query.limit(toLimit(limit)).maxTimeMS(READ_LIMIT_MS).lean()).map((kept) => kept._id);
        // The conditions again: a document may have changed since it was found.
        return (await model.deleteMany(trusted({ $and: [{ _id: { $in: keys } }, toFilter(terms)] }))).deletedCount;
      }),
    count: (collection, scope, where) =>
      on(collection, async (model, trusted) => {
        const terms = toTerms(collection, scope, where);
        return model.countDocuments(trusted(toFilter(terms)), {
          hint: planQuery(collection, terms).index.name,
          maxTimeMS: READ_LIMIT_MS,
        });
      }),
    take: async (bucket, options) =>
      toTakeResult(await (options.count === 0 ? lookAt(bucket, options) : onBucket(bucket, takePipeline(options))), options),
    async drain(bucket, options) {
      await onBucket(bucket, drainPipeline(options));
    },
    open: () => call(async () => undefined),
    ping: () =>
      call(async ({ connection }) => {
        const probe = connection.collection<{ _id: string }>("probe");
        await probe.updateOne({ _id: "ping" }, { $currentDate: { at: true } }, { upsert: true });
      }),
    // Its journal is its own.
    clearLog: async () => undefined,
    async dispose() {
      disposed = true;
      const database = await opening?.catch(() => undefined);
      opening = undefined;
      await database?.connection.close();
    },
  };
}

/** After a server went away its idle connections fail once each; the driver takes that for an error of ours and does not try another. */
async function whileNeverSent<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isNeverSent(error) || attempt === MAX_NEVER_SENT) throw error;
    }
    await pause(NEVER_SENT_PAUSE_MS);
  }
}

/** The driver can wait for ever for an answer on a connection that died while the command was written; no other call shall. */
async function withinLimit<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () =>
      reject(new ConnectorError("store_unavailable", "MongoDB did not answer in time.", { reason: "CallLimit" }));
    timer = setTimeout(giveUp, CALL_LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function openDatabase(uri: string, dbName: string, mustExist: boolean): Promise<Database> {
  const { default: mongoose } = await import("mongoose");
  const connection = mongoose.createConnection(uri, {
    dbName,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    serverSelectionTimeoutMS: SERVER_SELECTION_MS,
    connectTimeoutMS: SERVER_SELECTION_MS,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    socketTimeoutMS: SOCKET_LIMIT_MS,
    writeConcern: { w: "majority", journal: true },
    retryWrites: true,
  });
  try {
    const awaySinceMs = watchServers(connection);
    await connection.asPromise();
    const isThere = !mustExist || (await connection.listCollections()).some(({ name }) => name === "projects");
    if (!isThere) throw noDatabase(dbName);
    const collections = Object.keys(COLLECTIONS) as CollectionName[];
    const models = new Map(collections.map((collection) => [collection, toModel(mongoose, connection, collection)]));
    await Promise.all([
      ...collections.map((collection) => ensureIndexes(models.get(collection) as KeptModel, collection)),
      expireBuckets(connection),
    ]);
    return { connection, models, awaySinceMs, trusted: (filter) => mongoose.trusted(filter) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function expireBuckets(connection: Connection): Promise<void> {
  const buckets = connection.collection("buckets");
  await buckets.createIndex(...BUCKET_EXPIRY_INDEX);
  await buckets.deleteMany(leftBehind(Date.now()));
}

function noDatabase(dbName: string): ConnectorError {
  const message = `There is no store in the database ${dbName} of MONGODB_URI. Set MONGODB_URI as the server has it, or begin with: lever-connector start`;
  return new ConnectorError("config_invalid", message, { variable: "MONGODB_URI" });
}

/** The servers that take writes, as the driver's `serverType`. */
const WRITABLE: ReadonlySet<string> = new Set(["RSPrimary", "Standalone", "Mongos", "LoadBalancer"]);

function watchServers(connection: Connection): () => number | undefined {
  let sinceMs: number | undefined;
  connection.getClient().on("topologyDescriptionChanged", ({ newDescription }) => {
    const isThere = [...newDescription.servers.values()].some(({ type }) => WRITABLE.has(type));
    sinceMs = isThere ? undefined : (sinceMs ?? performance.now());
  });
  return () => sinceMs;
}

/** Of several calls in a row one may wait for long; all of them together shall not take many times as long. */
async function whileLongAway({ awaySinceMs }: Database): Promise<void> {
  const isLongAway = () => performance.now() - (awaySinceMs() ?? Number.POSITIVE_INFINITY) > LONG_AWAY_MS;
  for (const until = performance.now() + STILL_AWAY_MS; isLongAway(); await pause(LOOK_EVERY_MS)) {
    if (performance.now() < until) continue;
    const message = "MongoDB cannot be reached, or has no primary at the moment.";
    throw new ConnectorError("store_unavailable", message, { reason: "Away" });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function toModel(mongoose: typeof import("mongoose"), connection: Connection, collection: CollectionName): KeptModel {
  const types = { string: String, number: Number } satisfies Record<FieldType, unknown>;
  const declared = Object.entries(COLLECTIONS[collection].fields).map(([field, type]) => [field, types[type as FieldType]]);
  const schema = new mongoose.Schema(
    { _id: String, id: String, project: String, version: Number, ...Object.fromEntries(declared) },
    {
      strict: false,
      strictQuery: "throw",
      versionKey: false,
      id: false,
      minimize: false,
      bufferCommands: false,
      autoIndex: false,
    },
  );
  schema.set("sanitizeFilter" as never, true as never);
  return connection.model(collection, schema, collection) as unknown as KeptModel;
}

const INDEX_CHANGED = new Set([85, 86]);

async function ensureIndexes(model: KeptModel, collection: CollectionName): Promise<void> {
  const wanted = physicalIndexes(collection).map(({ name, fields, unique }) => ({
    name,
    key: Object.fromEntries((unique ?? fields).map((field) => [field, 1 as const])),
    ...(unique ? { unique: true } : {}),
  }));
  const create = () => model.collection.createIndexes(wanted);
  await create().catch(async (error) => {
    if (!INDEX_CHANGED.has(error.code)) throw error;
    await dropChangedIndexes(model, wanted);
    await create();
  });
}

async function dropChangedIndexes(
  model: KeptModel,
  wanted: ReadonlyArray<{ name: string; key: object; unique?: boolean }>,
): Promise<void> {
  for (const present of await model.collection.indexes()) {
    const same = wanted.find(({ name }) => name === present.name);
    if (!same || (JSON.stringify(same.key) === JSON.stringify(present.key) && same.unique === present.unique)) continue;
    await model.collection.dropIndex(same.name);
  }
}

function atKey(scope: ProjectScope, id: string, terms: readonly Term[]): MongoFilter {
  return { $and: [keyFilter(scope, id), toFilter(terms)] };
}

function keyFilter(scope: ProjectScope, id: string): MongoFilter {
  return scope === EVERY_PROJECT ? { id: { $eq: id } } : { _id: { $eq: toKey(scope, id) } };
}

import { toGivenName } from "../credentials/check-input.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { createTurns } from "../runtime/turns.ts";
import { WRITES_RECORDED } from "../runtime/write-records.ts";
import type { Project, ProjectContents } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { COLLECTIONS, type CollectionName } from "../store/collections.ts";
import { type DocumentStore, EVERY_PROJECT, type FindOptions, type StoredDocument } from "../store/document-store.ts";
import { findPage, type Page } from "../store/find-page.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";
import { newId } from "../store/new-id.ts";
import { removeAll } from "../store/remove-all.ts";
import { DEFAULT_PROJECT } from "../text/default-project.ts";
import { fold } from "../text/fold.ts";

export { DEFAULT_PROJECT };

const INSTALLATION: Access = { project: "_system", actor: "system" };
const TURN_MS = 10_000;

export interface Projects {
  /** Makes sure that `default` exists. May be repeated, by several processes at once. */
  ensureDefault(): Promise<void>;
  /**
   * Two never get one name, compared as a search compares; of several that are created with one name at the same moment one is kept.
   *
   * @throws ConnectorError `input_invalid` for what is no name, `conflict` where a project has this name, `write_in_progress` where another
   *   process that creates one with it does not end in time
   */
  create(name: string): Promise<Project>;
  /** @throws ConnectorError `not_found` */
  get(id: string): Promise<Project>;
  /** Those of this installation, oldest first, 100 at a time, at most 500; `next` is an opaque cursor. Only for those who run it. */
  list(options?: { limit?: number; cursor?: string }): Promise<Page<Project>>;
  /** All of them, as `list`. */
  all(): AsyncGenerator<Project>;
  /** Two never get one name, as with `create`. @throws ConnectorError `not_found`, `input_invalid`, `conflict` */
  rename(id: string, name: string): Promise<Project>;
  /** For so long runs are kept after their end, also those that have ended. @throws ConnectorError `not_found`, `input_invalid` */
  keepRuns(id: string, days: number): Promise<Project>;
  /** What `remove` would remove. @throws ConnectorError `not_found` */
  contents(id: string): Promise<ProjectContents["contents"]>;
  /**
   * Removes a project and everything in it. From the first moment it cannot be found, and its API keys are refused; where the process dies
   * meanwhile, `sweep` finishes what it began.
   *
   * @throws ConnectorError `not_found`, `conflict` for the default project
   */
  remove(id: string): Promise<void>;
  /** Removes what is left of removed projects, also what a call that was under way has written since. */
  sweep(): Promise<void>;
}

export interface ProjectsOptions {
  readonly store: DocumentStore;
  readonly now?: () => number;
  /** Told that a project was just removed: what is remembered of it must go. */
  readonly onRemoved?: () => void;
}

const RETENTION_DAYS = 30;
const MOST_DAYS = 3650;
/** Longer than any call that began before its project was removed. */
const REMOVAL_MS = 15 * 60_000;
/** API keys first: without them nothing new is added meanwhile. */
const EMPTIED: readonly CollectionName[] = [
  "apiKeys",
  ...(Object.keys(COLLECTIONS) as CollectionName[]).filter((name) => name !== "projects" && name !== "apiKeys"),
];

export function createProjects({ store, now = Date.now, onRemoved = () => undefined }: ProjectsOptions): Projects {
  const turns = createTurns({ store });
  return {
    async ensureDefault() {
      await insertIfAbsent(store, "projects", toDocument(DEFAULT_PROJECT, "Default"));
    },
    async create(given) {
      const name = toGivenName(given, "/name", "proj_");
      return inTurn(name, () => insert(name));
    },
    async get(id) {
      return toProject(await read(id));
    },
    list: ({ limit, cursor } = {}) => findPage(findIn, toProject, { limit, cursor, isListed }),
    async *all() {
      for await (const one of documents()) yield toProject(one);
    },
    async rename(id, given) {
      const name = toGivenName(given, "/name", "proj_");
      const before = await read(id);
      if (before.name === name) return toProject(before);
      return inTurn(name, () => rename(before, name));
    },
    async keepRuns(id, days) {
      if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) throw noSuchRetention();
      const change = { set: { retentionDays: days } };
      const changed = await store.patch("projects", id, id, change, { removedAtMs: null });
      if (changed === undefined) throw noSuchProject();
      return toProject(changed);
    },
    async contents(id) {
      await read(id);
      const count = (collection: CollectionName) => store.count(collection, id);
      const [credentials, workflows, runs, destinations, endpoints, oauthApps, apiKeys, writes] = await Promise.all([
        count("credentials"),
        count("workflows"),
        count("runs"),
        count("destinations"),
        count("endpoints"),
        count("oauthApps"),
        count("apiKeys"),
        store.count("writes", id, WRITES_RECORDED),
      ]);
      return { credentials, workflows, runs, destinations, endpoints, oauthApps, apiKeys, writes };
    },
    async remove(id) {
      if (id === DEFAULT_PROJECT) throw new ConnectorError("conflict", "The default project cannot be removed");
      if (!(await store.patch("projects", id, id, { set: { removedAtMs: now() } }, { removedAtMs: null }))) throw noSuchProject();
      onRemoved();
      await empty(id);
    },
    async sweep() {
      for (;;) {
        const removed = await store.find("projects", EVERY_PROJECT, { where: { removedAtMs: { gt: 0 } }, limit: 1000 });
        for (const { id } of removed) await empty(id);
        const over = removed.filter(({ removedAtMs }) => Math.abs(now() - Number(removedAtMs)) > REMOVAL_MS);
        for (const { id } of over) await store.remove("projects", id, id);
        if (over.length === 0) return;
      }
    },
  };

  /** Everything of a project but its own document, which says until the end that it was removed. */
  async function empty(id: string): Promise<void> {
    for (const collection of EMPTIED) await removeAll(store, collection, id);
  }

  async function read(id: string): Promise<StoredDocument> {
    const document = await store.get("projects", id, id);
    if (!document || document.removedAtMs != null) throw noSuchProject();
    return document;
  }

  /** Two that give the same name do it one after the other. */
  async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = await turns.take(INSTALLATION, `project name ${fold(name)}`, { timeoutMs: TURN_MS });
    return work().finally(turn.release);
  }

  async function rename(before: StoredDocument, name: string): Promise<Project> {
    const { id, version } = before;
    const isTaken = async () => (await namesakes(name)).some((one) => one.id !== id);
    if (await isTaken()) throw nameTaken();
    const renamed = await store.patch("projects", id, id, { set: { name } }, { version, removedAtMs: null });
    if (!renamed) throw new ConnectorError("conflict", "The project was changed meanwhile; read it again");
    if (!(await isTaken())) return toProject(renamed);
    await store.patch("projects", id, id, { set: { name: before.name } }, { version: renamed.version });
    throw nameTaken();
  }

  /** In the turn of the name. */
  async function insert(name: string): Promise<Project> {
    if ((await namesakes(name)).length > 0) throw nameTaken();
    const created = toProject(await store.insert("projects", toDocument(newId("proj"), name)));
    // Where this process stood still for so long that its turn was over, another may have created one meanwhile.
    if ((await namesakes(name)).every(({ id }) => id === created.id)) return created;
    await store.remove("projects", created.id, created.id);
    throw nameTaken();
  }

  async function namesakes(name: string): Promise<StoredDocument[]> {
    const wanted = fold(name);
    const found: StoredDocument[] = [];
    for await (const one of documents()) if (fold(String(one.name)) === wanted) found.push(one);
    return found;
  }

  /** Every project that was not removed, oldest first. */
  async function* documents(): AsyncGenerator<StoredDocument> {
    for (let cursor: string | undefined; ; ) {
      const page = await findPage(findIn, (document) => document, { limit: 500, cursor, isListed });
      yield* page.data;
      cursor = page.next;
      if (cursor === undefined) return;
    }
  }

  /** A place in the list of every project names the project too: its own id. */
  function findIn({ after, ...options }: FindOptions): Promise<StoredDocument[]> {
    const from = after && { after: { ...after, project: after.id as string } };
    return store.find("projects", EVERY_PROJECT, { ...options, ...from });
  }

  /** A project's own document lives in it, so that it is found by the scope that every other call uses. */
  function toDocument(id: string, name: string) {
    return { id, project: id, name, createdAtMs: now() };
  }
}

function isListed({ removedAtMs }: StoredDocument): boolean {
  return removedAtMs == null;
}

export function noSuchProject(): ConnectorError {
  return new ConnectorError("not_found", "There is no such project", { kind: "project" });
}

function nameTaken(): ConnectorError {
  const issues = [{ pointer: "/name", keyword: "unique", message: "is the name of another project" }];
  return new ConnectorError("conflict", "Another project has this name", { issues });
}

function noSuchRetention(): ConnectorError {
  const issues = [{ pointer: "/retentionDays", keyword: "range", message: `must be a whole number from 1 to ${MOST_DAYS}` }];
  return new ConnectorError("input_invalid", `Runs are kept for 1 to ${MOST_DAYS} days`, { issues });
}

function toProject(document: StoredDocument): Project {
  return {
    id: document.id,
    name: String(document.name),
    retentionDays: Number(document.retentionDays ?? RETENTION_DAYS),
    createdAt: new Date(document.createdAtMs as number).toISOString(),
  };
}

import { toGivenName } from "../credentials/check-input.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { createTurns } from "../runtime/turns.ts";
import type { Access } from "../store/access.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument } from "../store/document-store.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";
import { fold } from "../text/fold.ts";
import { newId } from "./ids.ts";

/** The project that exists from the start; keys of it with the scope `admin` run the installation. */
export const DEFAULT_PROJECT = "default";

const INSTALLATION: Access = { project: "_system", actor: "system" };
const TURN_MS = 10_000;

/** A tenant: everything else belongs to exactly one. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

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
  /** All of this installation, oldest first: only for those who run it. */
  list(): Promise<Project[]>;
}

export function createProjects({ store, now = Date.now }: { store: DocumentStore; now?: () => number }): Projects {
  const turns = createTurns({ store });
  return {
    async ensureDefault() {
      await insertIfAbsent(store, "projects", toDocument(DEFAULT_PROJECT, "Default"));
    },
    async create(given) {
      const name = toGivenName(given, "/name", "proj_");
      const turn = await turns.take(INSTALLATION, `project name ${fold(name)}`, { timeoutMs: TURN_MS });
      return insert(name).finally(turn.release);
    },
    async get(id) {
      const document = await store.get("projects", id, id);
      if (!document) throw new ConnectorError("not_found", "There is no such project", { kind: "project" });
      return toProject(document);
    },
    async list() {
      return (await store.find("projects", EVERY_PROJECT, { sort: ["createdAtMs"], limit: 1000 })).map(toProject);
    },
  };

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
    for (let page = await readPage(); page.length > 0; page = await readPage(page.at(-1)))
      found.push(...page.filter((one) => fold(String(one.name)) === wanted));
    return found;
  }

  function readPage(after?: StoredDocument): Promise<StoredDocument[]> {
    const from = after && { after: { createdAtMs: after.createdAtMs as number, project: after.project, id: after.id } };
    return store.find("projects", EVERY_PROJECT, { sort: ["createdAtMs"], limit: 500, ...from });
  }

  /** A project's own document lives in it, so that it is found by the scope that every other call uses. */
  function toDocument(id: string, name: string) {
    return { id, project: id, name, createdAtMs: now() };
  }
}

function nameTaken(): ConnectorError {
  const issues = [{ pointer: "/name", keyword: "unique", message: "is the name of another project" }];
  return new ConnectorError("conflict", "Another project has this name", { issues });
}

function toProject(document: StoredDocument): Project {
  return {
    id: document.id,
    name: String(document.name),
    createdAt: new Date(document.createdAtMs as number).toISOString(),
  };
}

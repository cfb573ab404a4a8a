import { ConnectorError, isConnectorError } from "../connector/errors.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument } from "../store/document-store.ts";
import { DEFAULT_PROJECT } from "./auth/caller.ts";
import { newId } from "./ids.ts";

/** A tenant: everything else belongs to exactly one. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface Projects {
  /** Makes sure that `default` exists. May be repeated, by several processes at once. */
  ensureDefault(): Promise<void>;
  create(name: string): Promise<Project>;
  /** @throws ConnectorError `not_found` */
  get(id: string): Promise<Project>;
  /** All of this installation, oldest first: only for those who run it. */
  list(): Promise<Project[]>;
}

export function createProjects({ store, now = Date.now }: { store: DocumentStore; now?: () => number }): Projects {
  return {
    async ensureDefault() {
      try {
        await insert(DEFAULT_PROJECT, "Default");
      } catch (error) {
        if (!isConnectorError(error, "conflict")) throw error;
      }
    },
    create: (name) => insert(newId("proj"), name),
    async get(id) {
      const document = await store.get("projects", id, id);
      if (!document) throw new ConnectorError("not_found", "There is no such project", { kind: "project" });
      return toProject(document);
    },
    async list() {
      return (await store.find("projects", EVERY_PROJECT, { sort: ["createdAtMs"], limit: 1000 })).map(toProject);
    },
  };

  /** A project's own document lives in it, so that it is found by the scope that every other call uses. */
  async function insert(id: string, name: string): Promise<Project> {
    return toProject(await store.insert("projects", { id, project: id, name, createdAtMs: now() }));
  }
}

function toProject(document: StoredDocument): Project {
  return {
    id: document.id,
    name: String(document.name),
    createdAt: new Date(document.createdAtMs as number).toISOString(),
  };
}

import { randomBytes } from "node:crypto";
import { PLAYGROUND_API_KEY } from "./options.ts";

export interface ApiKey {
  key: string;
  name: string;
  /** `GET /opportunities`, `POST /opportunities/:opportunity/addTags`, `GET *`; names of ids do not matter. */
  endpoints: readonly string[] | "all";
  /** Can be granted only while the key is being created (lever-api.md §1.2). */
  confidential: boolean;
}

export interface Keyring {
  find(key: string): ApiKey | undefined;
  create(key: { name?: string; key?: string; endpoints?: readonly string[] | "all"; confidential?: boolean }): ApiKey;
  revoke(key: string): boolean;
  reset(): void;
}

export function createKeyring(): Keyring {
  const keys = new Map<string, ApiKey>();

  function create(wanted: Parameters<Keyring["create"]>[0]): ApiKey {
    const { endpoints = "all", confidential = false } = wanted;
    const created = {
      key: wanted.key ?? randomBytes(24).toString("base64url"),
      name: wanted.name ?? `key-${keys.size + 1}`,
      endpoints: endpoints === "all" ? endpoints : endpoints.map(normalize),
      confidential,
    };
    keys.set(created.key, created);
    return created;
  }

  function reset(): void {
    keys.clear();
    create({ key: PLAYGROUND_API_KEY, name: "playground", confidential: true });
  }

  reset();
  return { find: (key) => keys.get(key), create, revoke: (key) => keys.delete(key), reset };
}

function normalize(endpoint: string): string {
  return endpoint.trim().replace(/:\w+/g, ":id");
}

export function mayCall(key: ApiKey, method: string, path: string): boolean {
  if (key.endpoints === "all") return true;
  return key.endpoints.includes(`${method} *`) || key.endpoints.includes(normalize(`${method} ${path}`));
}

import { existsSync } from "node:fs";
import type { DocumentStore } from "./document-store.ts";
import { createEmbeddedStore, documentsFile } from "./embedded.ts";
import { createMongoStore } from "./mongo.ts";

export type StoreLocation =
  | { readonly dataDir: string; readonly warn?: (message: string) => void }
  | { readonly mongodbUri: string; readonly mustExist?: boolean };

/** MongoDB or SQLite files in a folder. Nothing is opened yet: `open()` or the first call does that. @throws ConnectorError `config_invalid` for an unsafe address */
export function openStore(location: StoreLocation): DocumentStore {
  return "mongodbUri" in location
    ? createMongoStore({ uri: location.mongodbUri, mustExist: location.mustExist ?? false })
    : createEmbeddedStore(location);
}

/** Whether a folder holds an embedded store. Makes nothing. */
export function isStoreThere(dataDir: string): boolean {
  return existsSync(documentsFile(dataDir));
}

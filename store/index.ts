import type { DocumentStore } from "./document-store.ts";
import { createEmbeddedStore } from "./embedded.ts";
import { createMongoStore } from "./mongo.ts";

export type StoreLocation =
  | { readonly dataDir: string; readonly warn?: (message: string) => void }
  | { readonly mongodbUri: string };

/** MongoDB or SQLite files in a folder. Nothing is opened yet: `open()` or the first call does that. @throws ConnectorError `config_invalid` for an unsafe address */
export function openStore(location: StoreLocation): DocumentStore {
  return "mongodbUri" in location ? createMongoStore({ uri: location.mongodbUri }) : createEmbeddedStore(location);
}

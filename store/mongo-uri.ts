import { ConnectorError } from "../errors/connector-error.ts";

const DEFAULT_DATABASE = "lever_connector";

/** Options that would let an acknowledged write be lost or an old state be read, and the only value each may have. */
const REQUIRED: Readonly<Record<string, string>> = {
  w: "majority",
  journal: "true",
  j: "true",
  retrywrites: "true",
  readpreference: "primary",
};

/**
 * Checks a MongoDB address and names the database. Never repeats the address: it may hold a password.
 *
 * @throws ConnectorError `config_invalid` where it is no address, or asks for less than majority, journalled writes and reads from the primary
 */
export function checkMongoUri(uri: string): { dbName: string } {
  const [, database = "", query = ""] = /^mongodb(?:\+srv)?:\/\/[^/?]+(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri) ?? [undefined];
  if (!/^mongodb(\+srv)?:\/\/[^/?]/.test(uri))
    throw new ConnectorError("config_invalid", "MONGODB_URI must start with mongodb:// or mongodb+srv://");
  for (const [name, value] of new URLSearchParams(query)) {
    const required = REQUIRED[name.toLowerCase()];
    if (required === undefined || value.toLowerCase() === required) continue;
    throw new ConnectorError(
      "config_invalid",
      `MONGODB_URI must not set ${name} to anything but ${required}: acknowledged writes could be lost`,
    );
  }
  return { dbName: database === "" ? DEFAULT_DATABASE : decodeURIComponent(database) };
}

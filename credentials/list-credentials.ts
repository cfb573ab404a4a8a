import { ConnectorError } from "../errors/connector-error.ts";
import type { Collection } from "../store/collection.ts";
import { toPageSize } from "./check-input.ts";
import { type CredentialDocument, toCredential } from "./document.ts";
import type { Credentials } from "./types.ts";

/** The `list` of Credentials. One more record than asked for is read, to know whether another page follows. */
export function createListCredentials(saved: Collection): Credentials["list"] {
  return async function list(access, { owner, limit, cursor } = {}) {
    const size = toPageSize(limit);
    const documents = (await saved.find(access, {
      where: owner === undefined ? {} : { owner },
      sort: ["createdAtMs"],
      limit: size + 1,
      ...(cursor === undefined ? {} : { after: fromCursor(cursor) }),
    })) as CredentialDocument[];
    const page = documents.slice(0, size);
    const last = page.at(-1);
    const data = page.map(toCredential);
    return documents.length > size && last !== undefined ? { data, next: toCursor(last) } : { data };
  };
}

function toCursor({ createdAtMs, id }: CredentialDocument): string {
  return Buffer.from(JSON.stringify([createdAtMs, id])).toString("base64url");
}

function fromCursor(cursor: string): { createdAtMs: number; id: string } {
  const parts = parse(Buffer.from(cursor, "base64url").toString("utf8"));
  const [createdAtMs, id, ...rest] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (Number.isSafeInteger(createdAtMs) && typeof id === "string" && rest.length === 0)
    return { createdAtMs: createdAtMs as number, id };
  throw new ConnectorError("cursor_invalid", "The cursor is not one of this list; start from the first page");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

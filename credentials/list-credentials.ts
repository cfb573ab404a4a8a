import { ConnectorError } from "../errors/connector-error.ts";
import type { Collection } from "../store/collection.ts";
import { createSearch } from "../text/fold.ts";
import { toPageSize } from "./check-input.ts";
import type { Credential } from "./credential.ts";
import { type CredentialDocument, toCredential } from "./document.ts";
import type { Credentials } from "./types.ts";

/** Records that one call looks at where it searches: some ten milliseconds. Beyond, its caller goes on from where it has come to. */
const LOOKED_AT = 5_000;
const STEP = 1_000;

/**
 * The `list` of Credentials. Where nothing is searched for, one more record than asked for is read, to know whether another page follows.
 * No index can compare as people search (`fold`), so a search looks at the project's records in their order, up to a bound.
 */
export function createListCredentials(saved: Collection): Credentials["list"] {
  return async function list(access, { owner, limit, cursor, search = "", status } = {}) {
    const size = toPageSize(limit);
    const isFound = createSearch(search);
    const matches = (one: CredentialDocument) => (status === undefined || one.status === status) && isFound(one.nickname, one.id);
    const isNarrowed = search !== "" || status !== undefined;
    const read = (after: CursorFields | undefined, most: number) =>
      saved.find(access, {
        where: owner === undefined ? {} : { owner },
        sort: ["createdAtMs"],
        limit: most,
        ...(after && { after: { createdAtMs: after.createdAtMs, id: after.id } }),
      }) as Promise<CredentialDocument[]>;

    const found: CredentialDocument[] = [];
    let after = cursor === undefined ? undefined : fromCursor(cursor);
    for (let lookedAt = 0; ; ) {
      const step = isNarrowed ? STEP : size + 1;
      const documents = await read(after, step);
      found.push(...documents.filter(matches));
      lookedAt += documents.length;
      after = documents.at(-1) ?? after;
      if (found.length > size) return toPage(found.slice(0, size), found[size - 1]);
      if (documents.length < step) return toPage(found);
      if (lookedAt >= LOOKED_AT) return toPage(found, after);
    }
  };
}

function toPage(found: readonly CredentialDocument[], last?: CursorFields): { data: Credential[]; next?: string } {
  return { data: found.map(toCredential), ...(last && { next: toCursor(last) }) };
}

type CursorFields = Pick<CredentialDocument, "createdAtMs" | "id">;

function toCursor({ createdAtMs, id }: CursorFields): string {
  return Buffer.from(JSON.stringify([createdAtMs, id])).toString("base64url");
}

function fromCursor(cursor: string): CursorFields {
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

import type { ProductEvent } from "../schemas/types/index.ts";
import type { StoredDocument } from "../store/document-store.ts";
import { newId } from "../store/new-id.ts";
import { type Untold, withOccurrence } from "../store/occurrences.ts";
import type { CheckReport, Credential, CredentialAuth, CredentialStatus, PerformAsState } from "./credential.ts";
import { toWarnings } from "./warnings.ts";

/** A credential as it is stored: the record, the sealed secret, and what refreshing needs. */
export interface CredentialDocument extends StoredDocument, Untold {
  /** "" = the project itself, so that the unique index on nicknames holds for it too. */
  readonly owner: string;
  readonly connector: string;
  readonly nickname: string;
  readonly environment: string;
  readonly auth: CredentialAuth;
  readonly status: CredentialStatus;
  /** Why it must be connected again, in our words. */
  readonly statusReason: string | null;
  readonly scopes: readonly string[] | null;
  /** Absent in records that are older than this field. */
  readonly missingScopes?: readonly string[] | null;
  readonly defaultPerformAs: string | null;
  readonly account: Credential["account"];
  readonly lastTest: Credential["lastTest"];
  /** What that test found. Absent in records that are older than this field. */
  readonly lastReport?: CheckReport | null;
  /** Absent in records that are older than this field. */
  readonly performAs?: PerformAsState;
  /** Absent in records that are older than this field: then a use or a good test stands for it. */
  readonly acceptedAt?: string | null;
  /** RFC 3339, as callers see it: writing a time out is too dear for every request. The numbers beside are for queries. */
  readonly lastUsedAt: string | null;
  readonly lastUsedAtMs: number;
  readonly createdAt: string;
  readonly createdAtMs: number;
  readonly updatedAt: string;
  /** What callers see as `version`: grows with changes that people make, not with refreshes and key rotation. */
  readonly revision: number;
  /** Sealed text; null while the consent is not finished. */
  readonly secret: string | null;
  readonly sealedKid: string | null;
  readonly secretVersion: number;
  /** Name of the process part that refreshes now; null, and "" in older records = none. */
  readonly refreshOwner: string | null;
  /** Grows with every lease; a result under an older number is refused. */
  readonly refreshFence: number;
  readonly refreshLeaseExpiresAtMs: number;
  /** The `secretVersion` for which a token call was begun whose answer may be lost; 0 = none. */
  readonly refreshIntent: number;
  /** From when on the token is refreshed ahead of its expiry. */
  readonly refreshAtMs: number;
  /** When the service last refused a token that was fresh; by the store's clock. */
  readonly refusedAtMs?: number;
  /** The OAuth app that the consent was given to: no other may refresh its tokens. Absent in older records. */
  readonly clientId?: string | null;
  /** When a consent without a refresh token ends; null where it renews itself, absent in older records. */
  readonly endsAtMs?: number | null;
}

/** No refresh is under way, nothing is lost: part of every write that puts in a new secret. */
export const NO_REFRESH = { refreshOwner: null, refreshLeaseExpiresAtMs: 0, refreshIntent: 0 } as const;

/** Nothing is known of a new secret: part of every write that puts one in, except a refresh. */
export const UNTRIED = { lastTest: null, lastReport: null, acceptedAt: null, refusedAtMs: 0 } as const;

/** What to write, beside a new status, where with it the credential has stopped working until somebody connects it again. */
export function untoldBy(before: CredentialDocument, status: CredentialStatus, atMs: number): Untold {
  if (status !== "reauth_required" || before.status === status) return {};
  const type: ProductEvent["type"] = "credential.reauth_required";
  return withOccurrence(before, { id: newId("evt"), type, atMs });
}

export function toCredential(document: CredentialDocument): Credential {
  return {
    id: document.id,
    project: document.project,
    owner: document.owner === "" ? null : document.owner,
    connector: document.connector,
    nickname: document.nickname,
    environment: document.environment,
    auth: document.auth,
    status: document.status,
    scopes: document.scopes,
    missingScopes: document.missingScopes ?? null,
    defaultPerformAs: document.defaultPerformAs,
    account: document.account,
    lastTest: document.lastTest,
    warnings: toWarnings(document),
    acceptedAt: toAcceptedAt(document),
    lastUsedAt: document.lastUsedAt,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
    version: document.revision,
  };
}

function toAcceptedAt({ acceptedAt, lastUsedAt, lastTest }: CredentialDocument): string | null {
  if (acceptedAt !== undefined) return acceptedAt;
  return lastUsedAt ?? (lastTest?.ok ? lastTest.at : null);
}

/** RFC 3339 text. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

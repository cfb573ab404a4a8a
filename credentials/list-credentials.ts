import type { Collection } from "../store/collection.ts";
import { findPage } from "../store/find-page.ts";
import { createSearch } from "../text/fold.ts";
import { type CredentialDocument, toCredential } from "./document.ts";
import type { Credentials } from "./types.ts";
import { toWarnings } from "./warnings.ts";

/** The `list` of Credentials. No index can compare as people search (`fold`), so a search looks at the project's records in their order. */
export function createListCredentials(saved: Collection): Credentials["list"] {
  return async function list(access, { owner, limit, cursor, search = "", status, environment, warning } = {}) {
    const isFound = createSearch(search);
    const matches = (one: CredentialDocument) =>
      (status === undefined || one.status === status) &&
      (environment === undefined || one.environment === environment) &&
      (warning === undefined || toWarnings(one).length > 0 === warning) &&
      (isFound(one.nickname) || isId(one.id));
    const isId = (id: string) => search.startsWith("cred_") && id.startsWith(search.trim());
    const isNarrowed = search !== "" || [status, environment, warning].some((filter) => filter !== undefined);
    return findPage(
      (options) => saved.find(access, options),
      (document) => toCredential(document as CredentialDocument),
      {
        limit,
        cursor,
        where: owner === undefined ? {} : { owner },
        isListed: isNarrowed ? (document) => matches(document as CredentialDocument) : undefined,
      },
    );
  };
}

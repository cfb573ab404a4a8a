import type { Where } from "../store/document-store.ts";
import type { CredentialDocument } from "./document.ts";

/**
 * Watches a refresh lease that somebody else holds. Its holder moves the end three times in each `leaseMs`; one that has not moved for half
 * as long again is abandoned, even where the store's clock, set back meanwhile, will not reach its end for hours.
 */
export function createLeaseWatch(leaseMs: number, now: () => number = () => performance.now()) {
  let seen: Where = {};
  let sinceMs = now();

  /** Answers the condition under which an abandoned lease may be taken; undefined for one that is alive, or not watched for long enough. */
  return function look({ refreshFence, refreshLeaseExpiresAtMs }: CredentialDocument): Where | undefined {
    if (seen.refreshFence !== refreshFence || seen.refreshLeaseExpiresAtMs !== refreshLeaseExpiresAtMs) {
      seen = { refreshFence, refreshLeaseExpiresAtMs };
      sinceMs = now();
    }
    return now() - sinceMs > 1.5 * leaseMs ? seen : undefined;
  };
}

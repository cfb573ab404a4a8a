import type { Scalar, Where } from "./document-store.ts";

/**
 * Watches a lease that another holder has. Its holder moves the end three times in each `leaseMs`; one that has not moved for half as
 * long again is abandoned, even where the store's clock, set back meanwhile, will not reach its end for hours.
 */
export function createLeaseWatch(leaseMs: number, now: () => number = () => performance.now()) {
  let seen: Readonly<Record<string, Scalar>> = {};
  let sinceMs = now();

  /**
   * @param held - the fields that change whenever the lease is taken or extended, as they are now
   * @returns the condition under which an abandoned lease may be taken; undefined for one that is alive, or not watched for long enough
   */
  return function look(held: Readonly<Record<string, Scalar>>): Where | undefined {
    if (Object.entries(held).some(([field, value]) => seen[field] !== value)) {
      seen = held;
      sinceMs = now();
    }
    return now() - sinceMs > 1.5 * leaseMs ? seen : undefined;
  };
}

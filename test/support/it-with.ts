import { it } from "@jest/globals";

/** `it`, or `it.skip` where what the test needs is not there: jest counts it as skipped, and the reason is said. */
export function itWith(isThere: boolean, needs: string): typeof it | typeof it.skip {
  if (!isThere) console.warn(`SKIPPED: this needs ${needs}`);
  return isThere ? it : it.skip;
}

import { randomFillSync } from "node:crypto";

const ID_BYTES = 12;
/** Asking for random bytes costs the same for one id as for hundreds. */
const POOL_IDS = 256;

/** Makes ids of calls: `req_` and 16 characters, 96 random bits. */
export function createRequestIds(): () => string {
  const pool = Buffer.alloc(ID_BYTES * POOL_IDS);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    at += ID_BYTES;
    return `req_${pool.toString("base64url", at - ID_BYTES, at)}`;
  };
}

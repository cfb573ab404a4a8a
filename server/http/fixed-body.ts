import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Request, Response } from "express";

/*
 * What is compressed here is the same for all callers and holds no secret. Nothing else is compressed: where an answer holds a secret beside
 * text that another person may choose, its compressed length tells the secret bit by bit (BREACH).
 */

export type Encoding = "br" | "gzip" | "identity";

// Near the best that brotli can do, at a tenth of its time.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** A body in each encoding, compressed once, when it is asked for first. */
export function createEncodings(plain: Buffer): (encoding: Encoding) => Promise<Buffer> {
  const made = new Map<Encoding, Promise<Buffer>>([["identity", Promise.resolve(plain)]]);
  return (encoding) => {
    const body = made.get(encoding) ?? (encoding === "br" ? toBrotli(plain, BROTLI) : toGzip(plain, { level: 9 }));
    made.set(encoding, body);
    return body;
  };
}

/** Asked for one by one: browsers name gzip first, although they take both. */
export function chooseEncoding(req: Request): Encoding {
  if (req.acceptsEncodings("br")) return "br";
  return req.acceptsEncodings("gzip") ? "gzip" : "identity";
}

/** JSON that stays the same while the server runs. Answers 304 to callers who have it already; each use is asked for again, by a known caller. */
export function createFixedJson(text: string): (req: Request, res: Response) => Promise<void> {
  const plain = Buffer.from(text);
  const encodings = createEncodings(plain);
  const etag = `W/"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  return async (req, res) => {
    res.set({ ETag: etag, "Cache-Control": "private, no-cache" }).vary("Accept-Encoding");
    if (req.fresh) {
      res.status(304).end();
      return;
    }
    const encoding = chooseEncoding(req);
    const body = await encodings(encoding);
    if (encoding !== "identity") res.set("Content-Encoding", encoding);
    res.type("json").send(body);
  };
}

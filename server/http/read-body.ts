import type { Request } from "express";
import { parseJson } from "../../connector/safe-json.ts";
import { ConnectorError, isConnectorError } from "../../errors/connector-error.ts";

export const MAX_BODY_BYTES = 256 * 1024;

/**
 * The request's JSON body; `{}` where there is none, or an empty one. Only `application/json` in UTF-8, not compressed, up to 256 kB.
 *
 * @throws ConnectorError `unsupported_media_type`, `payload_too_large`, `malformed_json`
 */
export async function readJsonBody(req: Request): Promise<unknown> {
  if (!mayHaveBody(req)) return {};
  const isJson = isPlainJson(req);
  const bytes = await readBytes(req, isJson ? MAX_BODY_BYTES : 0).catch((error: unknown) => {
    throw !isJson && isConnectorError(error, "payload_too_large") ? notJson() : error;
  });
  return bytes.length === 0 ? {} : parseJson(decode(bytes));
}

/**
 * The bytes of a body. What is too large is refused as soon as that is known, with the rest still on its way: waiting for its end
 * would hold the answer back for as long as the caller likes. Node takes in and drops what follows.
 *
 * @throws ConnectorError `payload_too_large`, `malformed_json`
 */
export function readBytes(req: Request, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (error: ConnectorError) => {
      req.off("data", take).resume();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) stop(tooLarge(limit));
      else chunks.push(chunk);
    };
    if (req.destroyed) return reject(cutOff());
    if (Number(req.headers["content-length"] ?? 0) > limit) return stop(tooLarge(limit));
    req.on("data", take);
    req.once("end", () => resolve(Buffer.concat(chunks)));
    // Only a connection that was lost errs here.
    req.once("error", (cause) => reject(cutOff(cause)));
  });
}

function notJson(): ConnectorError {
  return new ConnectorError("unsupported_media_type", "send the body as application/json in UTF-8, not compressed");
}

function tooLarge(limit: number): ConnectorError {
  return new ConnectorError("payload_too_large", `the body is larger than ${limit} bytes`);
}

function cutOff(cause?: Error): ConnectorError {
  return new ConnectorError("malformed_json", "the body ended before all of it had arrived", {}, { cause });
}

/** One that comes in chunks may turn out to be empty: some clients send so what has no body. */
function mayHaveBody(req: Request): boolean {
  return req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;
}

function isPlainJson(req: Request): boolean {
  const type = req.headers["content-type"] ?? "";
  return /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i.test(type) && !isCompressed(req);
}

export function isCompressed(req: Request): boolean {
  return (req.headers["content-encoding"] ?? "identity").toLowerCase() !== "identity";
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConnectorError("malformed_json", "the body is not UTF-8");
  }
}

import type { Request } from "express";
import { ConnectorError } from "../../errors/connector-error.ts";
import { isCompressed, readBytes } from "./read-body.ts";

const TYPE = "application/x-www-form-urlencoded";
const MAX_FORM_BYTES = 16 * 1024;

/** The fields of a form of our own pages. @throws ConnectorError `unsupported_media_type`, `payload_too_large`, `malformed_json` */
export async function readForm(req: Request): Promise<URLSearchParams> {
  if (!req.is(TYPE) || isCompressed(req))
    throw new ConnectorError("unsupported_media_type", "this address takes the form of its own page");
  return new URLSearchParams((await readBytes(req, MAX_FORM_BYTES)).toString("utf8"));
}

import { ConnectorError } from "../errors/connector-error.ts";

/**
 * Bytes of a file or of stdin as text: UTF-8, or UTF-16 where its byte order mark says so (what Windows writes). The mark is no part of the text.
 *
 * @throws ConnectorError `malformed_json` where the bytes are no such text: replaced letters must not reach the service
 */
export function decodeText(bytes: Uint8Array, what: string): string {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const encoding = isUtf16 ? (first === 0xff ? "utf-16le" : "utf-16be") : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new ConnectorError("malformed_json", `${what} is not text in UTF-8.`);
  }
}

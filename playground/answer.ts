import type { Response } from "express";
import { LeverError } from "./errors.ts";

/** A finished answer, not yet sent: what faults act on. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Response headers on record (lever-api.md §2.5): no request id, no ETag, no rate-limit headers. */
const API_HEADERS = { server: "lever-data-api", "x-stream-path": "dapi", "x-lever-region": "global" };

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body };
}

/** An answer of the API proper. */
export function apiJson(status: number, value: unknown): Answer {
  return json(status, value, API_HEADERS);
}

export function apiEmpty(status: number): Answer {
  return { status, headers: { ...API_HEADERS }, body: Buffer.alloc(0) };
}

export function apiError(error: LeverError): Answer {
  return apiJson(error.status, { code: error.code, message: error.message });
}

/** Lets only known failures become answers; a bug of the playground surfaces as itself. */
export function toApiError(error: unknown): Answer {
  if (error instanceof LeverError) return apiError(error);
  throw error;
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { location, "cache-control": "no-store" }, body: Buffer.alloc(0) };
}

export function send(res: Response, answer: Answer): void {
  if (res.destroyed) return;
  const length = answer.status === 204 ? {} : { "content-length": String(answer.body.length) };
  res.writeHead(answer.status, { ...answer.headers, ...length });
  res.end(answer.body);
}

import { gzipSync } from "node:zlib";
import type { Response } from "express";
import { type Answer, json, send } from "./answer.ts";
import type { FaultAction } from "./faults.ts";
import { dribble, pour, pourHeaders } from "./slow-answers.ts";

/** Sends the spoiled form of `answer`, or something else altogether. Touches only this one connection. */
export function deliver(res: Response, action: FaultAction, answer: Answer | undefined): void {
  if (!res.destroyed) chooseWriter(action, answer)(res);
}

type Writer = (res: Response) => void;

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

function chooseWriter(action: FaultAction, answer: Answer | undefined): Writer {
  const canned = toCanned(action);
  if (canned !== undefined) return (res) => send(res, canned);
  if (action.kind === "endless-body") return (res) => pour(res, Number.POSITIVE_INFINITY, JSON_TYPE);
  if (action.kind === "huge-body") return (res) => pour(res, action.bytes, JSON_TYPE);
  if (action.kind === "endless-headers") return (res) => pourHeaders(res, action.intervalMs ?? 100);
  if (action.kind === "gzip-bomb") return (res) => pourBomb(res, action.bytes);
  if (answer === undefined || (action.kind === "reset" && action.when !== "mid-body")) return reset;
  return chooseSpoiler(action, answer);
}

function chooseSpoiler(action: FaultAction, answer: Answer): Writer {
  const { length } = answer.body;
  if (action.kind === "reset") return (res) => cut(res, answer, action.afterBytes ?? Math.floor(length / 2), "reset");
  if (action.kind === "short-body") return (res) => cut(res, answer, length - (action.missingBytes ?? 1), "close");
  if (action.kind === "slow-body") return (res) => dribble(res, answer, action.bytesPerSecond);
  return (res) => send(res, spoil(action, answer));
}

function toCanned(action: FaultAction): Answer | undefined {
  if (action.kind === "respond")
    return json(action.status, action.body ?? { code: "Fault", message: "A scripted fault." }, action.headers);
  if (action.kind === "html") return html(action.status ?? 502, action.body);
  if (action.kind === "redirect")
    return { status: action.status ?? 302, headers: { location: action.to }, body: Buffer.alloc(0) };
  if (action.kind === "deep-json") return raw(`{"data":${"[".repeat(action.depth)}${"]".repeat(action.depth)}}`);
  return undefined;
}

function raw(text: string): Answer {
  return { status: 200, headers: JSON_TYPE, body: Buffer.from(text) };
}

function html(status: number, body = "<html><body><h1>Bad Gateway</h1></body></html>"): Answer {
  return { status, headers: { "content-type": "text/html" }, body: Buffer.from(body) };
}

function spoil(action: FaultAction, answer: Answer): Answer {
  if (action.kind === "truncated-json") {
    return { ...answer, body: answer.body.subarray(0, action.bytes ?? Math.floor(answer.body.length / 2)) };
  }
  if (action.kind === "content-type") return { ...answer, headers: { ...answer.headers, "content-type": action.value } };
  if (action.kind === "gzip") return compress(answer, action.layers ?? 1);
  if (action.kind === "replace-body") return { ...answer, body: toBody(action.body) };
  if (action.kind === "edit-json") return { ...answer, body: edit(answer.body, action.remove ?? [], action.set ?? {}) };
  return answer;
}

function toBody(body: unknown): Buffer {
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function edit(body: Buffer, remove: readonly string[], set: Record<string, unknown>): Buffer {
  const value = { ...(JSON.parse(body.toString("utf8")) as Record<string, unknown>), ...set };
  for (const name of remove) delete value[name];
  return Buffer.from(JSON.stringify(value));
}

function compress(answer: Answer, layers: number): Answer {
  let body = answer.body;
  for (let layer = 0; layer < layers; layer++) body = gzipSync(body);
  const encoding = Array.from({ length: layers }, () => "gzip").join(", ");
  return { ...answer, body, headers: { ...answer.headers, "content-encoding": encoding } };
}

const MEBIBYTE = 1_048_576;

/** One small gzip member over and over: it inflates to `bytes` and costs next to nothing to send. */
function pourBomb(res: Response, bytes: number): void {
  const member = gzipSync(Buffer.alloc(MEBIBYTE, " "));
  const body = Buffer.concat(Array.from({ length: Math.ceil(bytes / MEBIBYTE) }, () => member));
  const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
  send(res, { status: 200, headers, body });
}

function cut(res: Response, answer: Answer, bytes: number, how: "reset" | "close"): void {
  res.writeHead(answer.status, { ...answer.headers, "content-length": String(answer.body.length) });
  res.flushHeaders();
  const part = answer.body.subarray(0, bytes);
  const end = () => (how === "reset" ? reset(res) : res.socket?.end());
  // The bytes must have left before the socket dies, else the client sees neither headers nor body.
  if (part.length === 0) setTimeout(end, 20).unref();
  else res.write(part, () => setTimeout(end, 20).unref());
}

function reset(res: Response): void {
  res.socket?.resetAndDestroy();
}

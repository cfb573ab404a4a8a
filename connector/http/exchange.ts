import { type Dispatcher, errors } from "undici";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { Answer, SendFailure } from "../types.ts";
import { PROXY_FAILED } from "./proxy.ts";
import { type BodyProblem, isJsonType, Pieces, type ReadBody, readJson } from "./read-body.ts";

export type Outcome = { answer: Answer } | { failure: SendFailure };

export interface Limits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** A body that is thrown away (HTML, redirect page) may still be this long before its connection is given up. */
const MAX_IGNORED_BYTES = 65_536;

/**
 * One request and its answer, as undici reports it: counts the body while it streams in and settles exactly once, on whatever
 * comes first of answer, failure, deadline and cancellation. Afterwards no timer and no listener is left, and a connection
 * with an unfinished answer is closed.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #limits: Limits;
  readonly #signal: AbortSignal | undefined;
  readonly #settled: (outcome: Outcome) => void;
  readonly #refused: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #done = false;
  #timer: NodeJS.Timeout | undefined;
  #moreMs: number | undefined;
  #status = 0;
  #headers: Answer["headers"] = {};
  #problem: BodyProblem | undefined;
  #bytes = 0;
  #first: Buffer | undefined;
  #pieces: Pieces | undefined;

  constructor(
    settled: (outcome: Outcome) => void,
    refused: (error: Error) => void,
    limits: Limits,
    signal: AbortSignal | undefined,
  ) {
    this.#settled = settled;
    this.#refused = refused;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** Starts the clock; call right before dispatching. What is on the wire when time is up, or the signal fires, has `moreMs` more. */
  start(timeoutMs: number, moreMs?: number): void {
    this.#moreMs = moreMs;
    this.#expireIn(timeoutMs);
    this.#signal?.addEventListener("abort", this, { once: true });
  }

  /** The caller's signal fired. */
  handleEvent(): void {
    if (this.#moreMs !== undefined && this.#controller !== undefined) return;
    this.#giveUp({ failure: { kind: "cancelled", arrived: this.#arrived(), cause: this.#signal?.reason } });
  }

  #expireIn(ms: number): void {
    // A socket or the caller keeps the process alive, not the deadline.
    this.#timer = setTimeout(() => this.#expire(), ms).unref();
  }

  #expire(): void {
    if (this.#moreMs && this.#controller !== undefined) {
      this.#expireIn(this.#moreMs);
      this.#moreMs = 0;
      return;
    }
    const cause = new Error("the deadline of the attempt has passed");
    if (this.#status === 0) this.#giveUp({ failure: { kind: "timeout", arrived: this.#arrived(), cause } });
    else this.#giveUp(this.#answer({ problem: "timeout" }));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection and was given up meanwhile: nothing may be sent any more.
    if (this.#done) controller.abort(new errors.RequestAbortedError());
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Answer["headers"]): void {
    if (status < 200 || this.#done) return;
    this.#status = status;
    this.#headers = headers;
    const encoding = headers["content-encoding"];
    const length = headers["content-length"];
    if (length !== undefined && Number(length) > this.#limits.maxBytes) this.#giveUp(this.#answer({ problem: "too_large" }));
    else if (encoding !== undefined && encoding !== "identity") this.#giveUp(this.#answer({ problem: "encoded" }));
    else if (!isJsonType(headers["content-type"])) this.#problem = "not_json";
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#done) return;
    this.#bytes += piece.length;
    if (this.#problem !== undefined) {
      if (this.#bytes > MAX_IGNORED_BYTES) this.#giveUp(this.#answer({ problem: this.#problem }));
    } else if (this.#bytes > this.#limits.maxBytes) {
      this.#giveUp(this.#answer({ problem: "too_large" }));
    } else if (this.#first === undefined) {
      this.#first = piece;
    } else {
      if (this.#pieces === undefined) {
        this.#pieces = new Pieces();
        this.#pieces.add(this.#first);
      }
      this.#pieces.add(piece);
    }
  }

  onResponseEnd(): void {
    if (this.#done) return;
    if (this.#bytes === 0) this.#settle(this.#answer());
    else if (this.#problem !== undefined) this.#settle(this.#answer({ problem: this.#problem }));
    else {
      const read = readJson(this.#pieces?.join() ?? (this.#first as Buffer), this.#limits.maxDepth);
      this.#settle(this.#answer(read));
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#done) return;
    if (error instanceof errors.InvalidArgumentError) this.#refuse(error);
    else if (this.#status === 0) this.#settle({ failure: toFailure(error, this.#controller !== undefined) });
    else this.#settle(this.#answer({ problem: error instanceof errors.BodyTimeoutError ? "timeout" : "truncated" }));
  }

  #arrived(): "no" | "unknown" {
    return this.#controller === undefined ? "no" : "unknown";
  }

  #answer({ problem, body, rounded }: ReadBody = {}): Outcome {
    const answer = { status: this.#status, headers: this.#headers, body, bytes: this.#bytes };
    if (problem !== undefined) return { answer: { ...answer, bodyProblem: problem } };
    return { answer: rounded === undefined ? answer : { ...answer, rounded } };
  }

  #giveUp(outcome: Outcome): void {
    if (this.#done) return;
    this.#settle(outcome);
    this.#controller?.abort(new errors.RequestAbortedError());
  }

  /** A request that cannot be put on the wire is a mistake of ours, not an outcome. */
  #refuse(cause: Error): void {
    this.#finish();
    this.#refused(new ConnectorError("internal_error", "a request was built that cannot be sent", {}, { cause }));
  }

  #settle(outcome: Outcome): void {
    this.#finish();
    this.#settled(outcome);
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this);
    this.#first = undefined;
    this.#pieces = undefined;
  }
}

/** What a transport error means. undici announces a request right before writing it: what was never announced never left. */
function toFailure(cause: Error, announced: boolean): SendFailure {
  const code = "code" in cause ? String(cause.code) : "";
  if (code === PROXY_FAILED) return { kind: "proxy", arrived: "no", cause };
  if (!announced) return { kind: isTlsCode(code) ? "tls" : isGone(code) ? "cancelled" : "unreachable", arrived: "no", cause };
  if (code === "UND_ERR_HEADERS_OVERFLOW") return { kind: "headers_too_large", arrived: "unknown", cause };
  // The second: an answer that tells its length twice, or in two ways.
  if (cause instanceof errors.HTTPParserError || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH")
    return { kind: "malformed", arrived: "unknown", cause };
  return { kind: isGone(code) ? "cancelled" : "reset", arrived: "unknown", cause };
}

/** `dispose()` was called. */
function isGone(code: string): boolean {
  return code === "UND_ERR_DESTROYED";
}

/** Names of OpenSSL's verification results and of Node's own TLS errors. */
function isTlsCode(code: string): boolean {
  return /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERROR_IN_C|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$|PATH_LENGTH_)/.test(
    code,
  );
}

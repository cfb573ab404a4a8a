import { createHmac, timingSafeEqual } from "node:crypto";
import type { Request, Response } from "express";
import { type Answer, json, send } from "./answer.ts";

/** One message that was posted to the inbox. */
export interface InboxMessage {
  readonly seq: number;
  readonly at: number;
  /** Behind `/inbox`, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Its first 100,000 characters. */
  readonly body: string;
  readonly bytes: number;
  /**
   * `verified`: by one of the secrets that the inbox was told. `unverified`: it knows no secret. `wrong`: by none of them, or the time is off by
   * more than five minutes. `unsigned`: a header of Standard Webhooks is missing.
   */
  readonly signature: "verified" | "unverified" | "wrong" | "unsigned";
}

/** What destinations received. Keeps the newest 200. */
export interface Inbox {
  receive(request: Pick<InboxMessage, "path" | "headers" | "body">): InboxMessage;
  /** Newest last. */
  list(): readonly InboxMessage[];
  /** Signing secrets (`whsec_…`) to verify with; the newest 20 are kept. */
  addSecret(secret: string): void;
  readonly secretCount: number;
  /** How further messages are answered: with this status, so many times; then with 204. */
  answerWith(status: number, times: number): void;
  nextStatus(): number;
  clear(): void;
}

const KEPT = 200;
const BODY_KEPT = 100_000;
const SECRETS_KEPT = 20;
const TOLERANCE_S = 300;
const SECRET = /^whsec_([A-Za-z0-9+/]+=*)$/;

export function createInbox(now: () => number): Inbox {
  let messages: InboxMessage[] = [];
  let secrets: Buffer[] = [];
  let seq = 0;
  let scripted = { status: 204, times: 0 };

  function verdict(headers: InboxMessage["headers"], body: string): InboxMessage["signature"] {
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures } = headers;
    if (!id || !at || !signatures) return "unsigned";
    if (secrets.length === 0) return "unverified";
    if (!(Math.abs(now() / 1000 - Number(at)) <= TOLERANCE_S)) return "wrong";
    const signed = `${id}.${at}.${body}`;
    const isOurs = secrets.some((secret) => {
      const wanted = `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`;
      return signatures.split(" ").some((one) => isSame(one, wanted));
    });
    return isOurs ? "verified" : "wrong";
  }

  return {
    receive(request) {
      const { path, headers, body } = request;
      const kept = { path, headers, body: body.slice(0, BODY_KEPT), bytes: Buffer.byteLength(body) };
      const message = { seq: ++seq, at: now(), ...kept, signature: verdict(headers, body) };
      messages = [...messages, message].slice(-KEPT);
      return message;
    },
    list: () => messages,
    addSecret(secret) {
      const [, key] = SECRET.exec(secret) ?? [];
      if (key === undefined) throw new Error("a signing secret begins with whsec_");
      secrets = [...secrets, Buffer.from(key, "base64")].slice(-SECRETS_KEPT);
    },
    get secretCount() {
      return secrets.length;
    },
    answerWith(status, times) {
      scripted = { status, times };
    },
    nextStatus() {
      if (scripted.times <= 0) return 204;
      scripted.times -= 1;
      return scripted.status;
    },
    clear() {
      messages = [];
      secrets = [];
      scripted = { status: 204, times: 0 };
    },
  };
}

/** `POST /inbox`, and everything below it: takes any message, as a user's own system would. */
export function receiveInto(inbox: Inbox): (req: Request, res: Response) => void {
  return (req, res) => {
    const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
    const body = Buffer.isBuffer(req.body) ? req.body.toString("utf8") : "";
    inbox.receive({ path: req.originalUrl.slice("/inbox".length), headers, body });
    const status = inbox.nextStatus();
    const answer: Answer = status === 204 ? { status, headers: {}, body: Buffer.alloc(0) } : json(status, { code: "Scripted" });
    send(res, answer);
  };
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

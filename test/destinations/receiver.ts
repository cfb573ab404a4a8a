import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

export interface Receiver {
  readonly url: string;
  /** As an entry of EGRESS_ALLOW. */
  readonly host: string;
  readonly received: Received[];
  /** How the next messages are answered, one after the other; 200 where nothing is set. */
  answer(...replies: (Reply | number)[]): void;
  /** Answers a message by its body, from now on. */
  answerBy(status: (body: string) => number): void;
  /** Waits until so many were received in all. */
  count(wanted: number): Promise<void>;
  close(): Promise<void>;
}

export type Reply = (response: ServerResponse) => void;

/** The user's own system. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const replies: (Reply | number)[] = [];
  let statusOf = (_body: string) => 200;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString("utf8");
      received.push({ id: String(request.headers["webhook-id"]), headers: request.headers, body, atMs: performance.now() });
      const reply = replies.shift() ?? statusOf(body);
      if (typeof reply === "number") response.writeHead(reply).end();
      else reply(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/hooks`,
    host,
    received,
    answer: (...next) => void replies.push(...next),
    answerBy(status) {
      statusOf = status;
    },
    count: (wanted) => until(async () => received.length >= wanted),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Looks again and again. @throws Error where it does not come true in a minute */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 60_000; !(await isSo()); ) {
    if (performance.now() > endMs) throw new Error("it did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a receiver does with the standard library: the message, or an error. */
export function verify(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

import { connect } from "node:net";
import { Pool } from "undici";

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  // Tests read problems of many shapes; the assertions are what types them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly json: any;
}

/** One kept-alive connection that sends what it is told, paths included: nothing is normalised on the way. */
export function createWire(url: string, headers: Readonly<Record<string, string>>) {
  const pool = new Pool(url, { connections: 1 });
  return {
    async ask(
      method: string,
      path: string,
      more: { body?: string | Buffer; headers?: Readonly<Record<string, string>> } = {},
    ): Promise<Answered> {
      const answer = await pool.request({
        method: method as "GET",
        path,
        headers: { ...headers, ...(more.body !== undefined && { "content-type": "application/json" }), ...more.headers },
        ...(more.body !== undefined && { body: more.body }),
      });
      const text = await answer.body.text();
      const type = String(answer.headers["content-type"] ?? "");
      return { status: answer.statusCode, type, text, json: /json/.test(type) && text !== "" ? JSON.parse(text) : undefined };
    },
    close: () => pool.close(),
  };
}

/** Bytes as they are, on a connection of their own. Answers everything that came back until the other side closed, or `waitMs` were over. */
export function sendRaw(url: string, pieces: readonly (string | Buffer)[], waitMs = 2_000): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => {
      for (const piece of pieces) socket.write(piece);
    });
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on("data", (data) => {
      text += data.toString("latin1");
    });
    // A server that answers and closes while we still send resets the connection: what it answered is there all the same.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (!["ECONNRESET", "EPIPE"].includes(error.code ?? "")) reject(error);
    });
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

import net, { type AddressInfo, type Server, type Socket } from "node:net";

export interface RawServer {
  /** Base address, as an environment's `api`. */
  readonly base: string;
  /** Request heads as they came, in order. */
  readonly heads: string[];
  readonly connections: () => number;
  readonly closings: () => number;
  close(): Promise<void>;
}

/** A server that answers in bytes: `reply` gets the socket and the head of each complete request. */
export async function rawServer(
  reply: (socket: Socket, head: string, nth: number) => void,
  onConnect?: (socket: Socket) => void,
): Promise<RawServer> {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let closings = 0;
  const server: Server = net.createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => {
      closings++;
      sockets.delete(socket);
    });
    socket.on("error", () => {});
    onConnect?.(socket);
    let seen = "";
    socket.on("data", (bytes) => {
      seen += bytes.toString("latin1");
      for (let end = endOfRequest(seen); end !== -1; end = endOfRequest(seen)) {
        const head = seen.slice(0, end);
        seen = seen.slice(end);
        heads.push(head);
        reply(socket, head, heads.length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    heads,
    connections: () => connections,
    closings: () => closings,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function endOfRequest(text: string): number {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return -1;
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return text.length >= headEnd + 4 + length ? headEnd + 4 + length : -1;
}

/** One complete answer. */
export function answer(
  body: string | Buffer,
  { status = "200 OK", type = "application/json; charset=utf-8", headers = [] as readonly string[] } = {},
): Buffer {
  const bytes = Buffer.from(body as string);
  const lines = [
    `HTTP/1.1 ${status}`,
    ...(type === "" ? [] : [`content-type: ${type}`]),
    `content-length: ${bytes.length}`,
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), bytes]);
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer as createPlain, type Server, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import { SELF_SIGNED } from "./self-signed.ts";

export interface BadHosts {
  /** API addresses by environment name. */
  readonly apis: Readonly<Record<"refused" | "unresolvable" | "plain" | "self-signed" | "black-hole", string>>;
  close(): Promise<void>;
}

/** Places where no connection comes about: each for another reason. */
export async function openBadHosts(): Promise<BadHosts> {
  const plain = createPlain((socket) => void socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const untrusted = createTls(SELF_SIGNED, (socket) => void socket.on("error", () => {}).end());
  untrusted.on("tlsClientError", () => {});
  const sockets = new Set<Socket>();
  for (const server of [plain, untrusted]) server.on("connection", (socket: Socket) => void sockets.add(socket));
  const [plainPort, untrustedPort] = await Promise.all([listen(plain), listen(untrusted)]);
  const hole = await openBlackHole();
  return {
    apis: {
      refused: "http://127.0.0.1:1/v1",
      unresolvable: "https://nobody.invalid/v1",
      plain: `https://127.0.0.1:${plainPort}/v1`,
      "self-signed": `https://127.0.0.1:${untrustedPort}/v1`,
      "black-hole": `http://127.0.0.1:${hole.port}/v1`,
    },
    async close() {
      await hole.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([plain, untrusted].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const LISTEN = `require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
  console.log(this.address().port);
});`;

/** A stopped process with a full queue of connections: whoever knocks hears nothing at all. */
async function openBlackHole(): Promise<{ port: number; close(): Promise<void> }> {
  const child = spawn(process.execPath, ["-e", LISTEN], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  child.kill("SIGSTOP");
  const fillers: Socket[] = [];
  while (await isAnswered(port, fillers)) if (fillers.length > 20) throw new Error("the queue of connections has no end");
  return {
    port,
    async close() {
      for (const socket of fillers) socket.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

function isAnswered(port: number, fillers: Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    fillers.push(socket);
    const timer = setTimeout(() => resolve(false), 300);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

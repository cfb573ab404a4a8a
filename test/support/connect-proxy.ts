import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ConnectProxy {
  readonly port: number;
  /** Where tunnels were asked for, with the authorization that was shown. */
  readonly asked: { readonly to: string; readonly host: string | undefined; readonly authorization: string | undefined }[];
  /** Clients' connections that are open. */
  readonly open: () => number;
  close(): Promise<void>;
}

/**
 * A forward proxy whose tunnels all lead to one port of this machine; `refuse` answers with a status in place of a tunnel and leaves the
 * connection open, 0 with nothing at all.
 */
export async function connectProxy(to: () => number, refuse?: () => number | undefined): Promise<ConnectProxy> {
  const asked: ConnectProxy["asked"] = [];
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const server = createServer();
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    clients.add(socket);
    for (const end of ["end", "close"]) socket.on(end, () => clients.delete(socket));
    socket.resume();
    asked.push({ to: String(request.url), host: request.headers.host, authorization: request.headers["proxy-authorization"] });
    const status = refuse?.();
    if (status === 0) return;
    if (status !== undefined) return void socket.write(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const behind = connect(to(), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      behind.pipe(socket).pipe(behind);
    });
    sockets.add(behind);
    behind.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    open: () => clients.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

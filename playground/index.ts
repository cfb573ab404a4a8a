import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createPlayground, type Playground } from "./app.ts";
import type { PlaygroundOptions } from "./options.ts";

export type { Playground } from "./app.ts";
export type { FaultAction, FaultMatch, FaultSpec } from "./faults.ts";
export type { Effect } from "./ledger.ts";
export {
  PLAYGROUND_API_KEY,
  PLAYGROUND_APP,
  type PlaygroundEnvironment,
  type PlaygroundOptions,
  playgroundEnvironment,
  redirectUriOf,
} from "./options.ts";
export type { SeenRequest } from "./requests.ts";

export interface StartPlaygroundOptions extends PlaygroundOptions {
  host?: string;
  /** 0 takes a free one. */
  port?: number;
}

export interface RunningPlayground {
  url: string;
  playground: Playground;
  /** Ends at once, open connections included. May be called twice. */
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 65_000;

/** Starts a playground and resolves when it listens. Rejects when the port is taken. */
export async function startPlayground(options: StartPlaygroundOptions = {}): Promise<RunningPlayground> {
  const { host = "127.0.0.1", port = 3001, ...rest } = options;
  const playground = createPlayground(rest);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, playground.app);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, playground, close: () => close(server) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

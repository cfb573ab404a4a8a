import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createProbe } from "node:net";
import closeWithGrace from "close-with-grace";
import { ConnectorError } from "../connector/errors.ts";
import { type PlaygroundOptions, type RunningPlayground, startPlayground } from "../playground/index.ts";
import { createLog, type Log } from "../runtime/log.ts";
import { type AppOptions, createApp } from "./app.ts";
import { type Config, readConfig, variablesSet } from "./config.ts";
import { openServices, type Services } from "./services.ts";
import { type SignInWay, welcomeText } from "./welcome.ts";

export interface RunningServer {
  readonly url: string;
  readonly services: Services;
  readonly playground: RunningPlayground | undefined;
  /**
   * What to tell the person who started it with these variables set. Creates an access link where people have no other way in and nobody has
   * ever signed in, unless there is one that still works.
   */
  welcome(variables?: readonly string[]): Promise<string>;
  /** Takes no more work, lets what is under way finish (at most 9 s), closes everything. Repeatable. */
  close(): Promise<void>;
}

const SWEEP_MS = 10 * 60_000;
/** Below the 10 seconds after which orchestrators and close-with-grace kill. */
const DRAIN_MS = 9_000;
const LAST_REQUESTS_MS = 200;
const LAST_REQUESTS_AT_MOST_MS = 3_000;
const QUIET_TURNS = 4;

/** By itself Node looks only every 30 s who is too slow. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 };

interface Listening {
  readonly server: Server;
  /** Answers that are not out yet. */
  readonly answering: ReadonlySet<ServerResponse>;
}

export interface StartOptions extends AppOptions {
  readonly log?: Log;
  /** Size and behaviour of the playground, where it is on. */
  readonly playground?: PlaygroundOptions;
}

/**
 * Opens everything and listens.
 *
 * @throws ConnectorError `config_invalid` (also where a port is taken), `store_unavailable`
 */
export async function startServer(wanted: Config, options: StartOptions = {}): Promise<RunningServer> {
  const { log = createLog({ level: wanted.logLevel }) } = options;
  const port = wanted.port === 0 ? await freePort(wanted.host) : wanted.port;
  const publicUrl = wanted.publicUrl ?? `http://127.0.0.1:${port}`;
  const playground = wanted.playground ? await openPlayground(wanted.playgroundPort, publicUrl, options.playground) : undefined;
  const config = { ...wanted, port, publicUrl, ...(playground && { playgroundPort: Number(new URL(playground.url).port) }) };
  let services: Services | undefined;
  try {
    services = await openServices(config, { log });
    return running(services, await listen(services, config, options), playground);
  } catch (error) {
    await services?.dispose();
    await playground?.close();
    throw error;
  }
}

/** Runs the server as a program of its own: prints the welcome, drains on SIGTERM and SIGINT, then ends the process. */
export async function runServer(env: Readonly<Record<string, string | undefined>>, stdout: NodeJS.WritableStream): Promise<void> {
  const config = readConfig(env);
  const log = createLog({ level: config.logLevel });
  const server = await startServer(config, { log });
  closeWithGrace(
    { delay: DRAIN_MS + 1_000, logger: { error: (message: unknown) => log.error({ err: message }, "while stopping") } },
    async ({ err, signal }) => {
      if (err) log.fatal({ err }, "unexpected error");
      else log.info({ signal }, "stopping");
      await server.close();
    },
  );
  stdout.write(await server.welcome(variablesSet(env)));
}

function running(services: Services, listening: Listening, playground: RunningPlayground | undefined): RunningServer {
  const { config, publicUrl, log, accessLinks, keys, store } = services;
  const sweep = () => void services.sweep().catch((error) => log.error({ err: error }, "sweep failed"));
  sweep();
  const sweeping = setInterval(sweep, SWEEP_MS).unref();
  let closed: Promise<void> | undefined;

  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${(listening.server.address() as AddressInfo).port}`,
    services,
    playground,
    async welcome(variables = []) {
      return welcomeText({
        publicUrl,
        variables,
        data: store.kind === "mongodb" ? "in MongoDB" : config.dataDir,
        keyFile: keys.file,
        playgroundUrl: playground?.url,
        signIn: await signIn(),
      });
    },
    close() {
      closed ??= close();
      return closed;
    },
  };

  async function signIn(): Promise<SignInWay> {
    if (config.oidc) return { kind: "provider", title: config.oidc.title };
    const { used, worksUntil } = await accessLinks.state();
    if (used || worksUntil !== undefined) return { kind: "command", worksUntil };
    return { kind: "link", token: await accessLinks.create() };
  }

  async function close(): Promise<void> {
    clearInterval(sweeping);
    services.drain();
    await drained(listening);
    await services.dispose();
    await playground?.close();
  }
}

/** Ends once every answer under way is out; after `DRAIN_MS` connections are cut. */
async function drained({ server, answering }: Listening): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  // Told so, callers send nothing more over these connections, and Node closes them behind the answer.
  for (const res of answering) if (!res.headersSent) res.setHeader("Connection", "close");
  if ((await openConnections(server)) > 0) await lastRequests(server);
  // What is idle now is kept open by clients that have nothing to send.
  const closing = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(closing);
  clearTimeout(cut);
}

/**
 * Requests may be on their way over connections that look idle or are not accepted yet: closing those would lose them, although nobody has told
 * their senders. They are read, and answered that the server is shutting down. A busy loop accepts one connection a turn: when some turns
 * brought none, there are no more.
 */
async function lastRequests(server: Server): Promise<void> {
  const until = performance.now() + LAST_REQUESTS_AT_MOST_MS;
  let quietTurns = 0;
  const onConnection = () => {
    quietTurns = 0;
  };
  server.on("connection", onConnection);
  await new Promise((resolve) => setTimeout(resolve, LAST_REQUESTS_MS));
  for (quietTurns = 0; quietTurns < QUIET_TURNS && performance.now() < until; quietTurns += 1)
    await new Promise((resolve) => setImmediate(resolve));
  server.off("connection", onConnection);
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}

async function listen(services: Services, { host, port }: Config, options: AppOptions): Promise<Listening> {
  const server = createServer(TIMEOUTS, createApp(services, options));
  const answering = new Set<ServerResponse>();
  server.prependListener("request", (_req, res) => {
    answering.add(res);
    res.once("close", () => answering.delete(res));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(toListenError(cause, "PORT", `${host}:${port}`)));
    server.listen(port, host, resolve);
  });
  return { server, answering };
}

async function openPlayground(port: number, publicUrl: string, options: PlaygroundOptions = {}): Promise<RunningPlayground> {
  try {
    return await startPlayground({ ...options, port, redirectUris: [`${publicUrl}/oauth/lever/playground/callback`] });
  } catch (error) {
    throw toListenError(error as NodeJS.ErrnoException, "PLAYGROUND_PORT", `127.0.0.1:${port}`);
  }
}

function toListenError(cause: NodeJS.ErrnoException, variable: string, address: string): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "is taken by another program",
    EACCES: "may not be used by this user",
    EADDRNOTAVAIL: "is not an address of this machine",
    ENOTFOUND: "is not an address of this machine",
  };
  const reason = reasons[cause.code ?? ""];
  if (reason === undefined) return cause;
  const instead = variable === "PORT" ? "set HOST and PORT" : "set PLAYGROUND_PORT, or PLAYGROUND=off";
  return new ConnectorError("config_invalid", `${address} ${reason}; ${instead}`, { variable }, { cause });
}

/** The port must be known before anything is opened, because the addresses of OAuth redirects hold it. */
async function freePort(host: string): Promise<number> {
  const probe = createProbe();
  await new Promise<void>((resolve, reject) => probe.once("error", reject).listen(0, host, resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}

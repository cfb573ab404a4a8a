import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createProbe } from "node:net";
import closeWithGrace from "close-with-grace";
import { type Config, publicUrlOf, readConfig, variablesSet } from "../app/config.ts";
import { openServices, type Services } from "../app/services.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { type PlaygroundOptions, type RunningPlayground, redirectUriOf, startPlayground } from "../playground/index.ts";
import { createLog, type Log } from "../runtime/log.ts";
import { type AppOptions, createApp } from "./app.ts";
import { createDrain, DRAIN_MS, type Drain } from "./drain.ts";
import { watchForNpm } from "./orphan.ts";
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

/** For attempts at destinations that are under way when it stops; they are repeated by the next process. */
const DELIVERY_GRACE_MS = 3_000;
const SWEEP_MS = 10 * 60_000;
/** Left alone, Node looks only every 30 s who is too slow. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 };

interface Listening {
  readonly server: Server;
  readonly drain: Drain;
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
  const publicUrl = publicUrlOf({ ...wanted, port });
  const playground = wanted.playground ? await openPlayground(wanted.playgroundPort, publicUrl, options.playground) : undefined;
  const config = { ...wanted, port, publicUrl, ...(playground && { playgroundPort: Number(new URL(playground.url).port) }) };
  let services: Services | undefined;
  try {
    services = await openServices(config, { log });
    const listening = await listen(services, config, options);
    services.engine.work();
    return running(services, listening, playground);
  } catch (error) {
    await services?.dispose();
    await playground?.close();
    throw error;
  }
}

/**
 * Runs the server as a program of its own: prints the welcome; drains where `stop` is aborted, where npm started it and is gone, and on an
 * unexpected error; then ends the process.
 */
export async function runServer({ env, stdout, stop }: Program): Promise<void> {
  const config = readConfig(env);
  const log = createLog({ level: config.logLevel });
  const server = await startServer(config, { log });
  const { close } = closeWithGrace(
    {
      delay: DRAIN_MS + 1_000,
      // `stop` knows these two: a second signal is not always given by a person.
      skip: ["SIGINT", "SIGTERM"],
      logger: { error: (message: unknown) => log.error({ err: message }, "while stopping") },
    },
    async ({ err, signal }) => {
      if (err) log.fatal({ err }, "unexpected error");
      else log.info({ signal }, "stopping");
      await server.close();
    },
  );
  watchForNpm(env, () => void close());
  if (stop.aborted) await close();
  stop.addEventListener("abort", () => void close());
  stdout.write(
    await server.welcome(
      variablesSet(
        env,
        server.services.connectors.all.map(({ manifest }) => manifest),
      ),
    ),
  );
}

export interface Program {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  /** Aborted by SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}

function running(services: Services, listening: Listening, playground: RunningPlayground | undefined): RunningServer {
  const { config, publicUrl, events, accessLinks, connectors, keys, store } = services;
  services.destinations.start();
  services.productEvents.start();
  services.triggers.start();
  const sweep = () => void services.sweep().catch((error) => events.tell({ type: "fault", what: "sweep failed", error }));
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
        playground: playground && { url: playground.url, service: connectors.builtIn.manifest.name },
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
    const delivering = services.destinations.stop(DELIVERY_GRACE_MS);
    await listening.drain.drained();
    await delivering;
    await services.triggers.stop();
    await services.dispose();
    await playground?.close();
  }
}

async function listen(services: Services, { host, port, keepAliveSeconds }: Config, options: AppOptions): Promise<Listening> {
  const server = createServer({ ...TIMEOUTS, keepAliveTimeout: keepAliveSeconds * 1_000 });
  const drain = createDrain(server);
  server.on("request", createApp(services, { ...options, doorClosing: drain.doorClosing }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(toListenError(cause, "PORT", `${host}:${port}`)));
    server.listen(port, host, resolve);
  });
  return { server, drain };
}

async function openPlayground(port: number, publicUrl: string, options: PlaygroundOptions = {}): Promise<RunningPlayground> {
  try {
    return await startPlayground({ ...options, port, redirectUris: [redirectUriOf(publicUrl)] });
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

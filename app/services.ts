import { Agent, type Dispatcher, type RequestInfo, type RequestInit, fetch as undiciFetch } from "undici";
import { loadConnectors } from "../connector/connectors.ts";
import { createConnect, type ProxySettings } from "../connector/http/proxy.ts";
import { createRateLimiter } from "../connector/http/rate-limit.ts";
import { createSend } from "../connector/http/send.ts";
import { packageVersion } from "../connector/package-root.ts";
import { createPickLists, type PickLists } from "../connector/pick-lists.ts";
import type { Connectors, Input } from "../connector/types.ts";
import { createChecker } from "../credentials/check.ts";
import { type CheckedCredentials, createCheckedCredentials } from "../credentials/checked-credentials.ts";
import type { CheckReport } from "../credentials/credential.ts";
import { type CredentialStore, createCredentials } from "../credentials/credential-store.ts";
import { createTokenEndpoint, type TokenEndpoint } from "../credentials/oauth.ts";
import { createOAuthApps, type OAuthApps } from "../credentials/oauth-apps.ts";
import { createOAuthFlows, type OAuthFlows } from "../credentials/oauth-flows.ts";
import { createRefresher } from "../credentials/refresh.ts";
import { createDestinations, type Destinations } from "../destinations/create-destinations.ts";
import { createEmbeddedEngine } from "../engine/embedded/create-embedded-engine.ts";
import { createForgetRuns } from "../engine/forget-runs.ts";
import { createPerformer } from "../engine/perform.ts";
import { createRunRecords } from "../engine/run-records.ts";
import { createShown } from "../engine/shown.ts";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import { budgetName, createAttempts } from "../runtime/attempts.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import { createEvents, type Events } from "../runtime/events.ts";
import { createForgetWrites } from "../runtime/forget-writes.ts";
import type { Log } from "../runtime/log.ts";
import { logEvents } from "../runtime/log-events.ts";
import { createTurns } from "../runtime/turns.ts";
import type { Runtime } from "../runtime/types.ts";
import { createWriteLedger } from "../runtime/write-ledger.ts";
import { createWriteRecords } from "../runtime/write-records.ts";
import type { Budget } from "../schemas/types/index.ts";
import { createBindSeals } from "../sealing/bind-seals.ts";
import { noteKeys } from "../sealing/key-ages.ts";
import { type KeyUse, type LoadedKeys, listKeys, loadKeys } from "../sealing/keys.ts";
import { makeNewKey } from "../sealing/new-key.ts";
import { type RotateOptions, type RotateReport, rotateKeys } from "../sealing/rotate-keys.ts";
import { reveal, type Secret } from "../sealing/secret.ts";
import { checkSentinel } from "../sealing/sentinel.ts";
import { type Access, systemAccess } from "../store/access.ts";
import type { DocumentStore } from "../store/document-store.ts";
import { isStoreThere, openStore } from "../store/index.ts";
import { createTriggers, type Triggers } from "../triggers/create-triggers.ts";
import { loadPresets } from "../triggers/presets.ts";
import { type AccessLinks, createAccessLinks } from "./access-link.ts";
import { type ApiKeys, createApiKeys } from "./api-keys.ts";
import { type Config, type ConfiguredProxies, publicUrlOf } from "./config.ts";
import { type Consents, createConsents } from "./consents.ts";
import { createDryRuns, type DryRuns } from "./dry-runs.ts";
import { readEnvironments } from "./environments.ts";
import { createForget, type Forget } from "./forget.ts";
import { readOAuthApps } from "./oauth-variables.ts";
import { createPreviews, type Previews } from "./previews.ts";
import { createProductEvents, type ProductEvents } from "./product-events.ts";
import { createProjects, type Projects } from "./projects.ts";
import { createRecipes, type Recipes } from "./recipes.ts";
import { createRuns, type Runs } from "./runs.ts";
import { loadSessionSecret } from "./session-secret.ts";
import { SessionStore } from "./session-store.ts";
import { createWorkflowCatalog } from "./workflow-catalog.ts";
import { createWorkflows, type Workflows } from "./workflows.ts";
import { createWrites, type Writes } from "./writes.ts";

/** Everything that the server's routes and the command line work with, opened and joined. */
export interface Services {
  readonly config: Config;
  /** Origin that browsers and services reach this server at. */
  readonly publicUrl: string;
  /** For what the program itself does: it starts, it stops. Whatever happens in between is told as an event. */
  readonly log: Log;
  /** What happens while it works; the log is one listener. */
  readonly events: Events;
  readonly store: DocumentStore;
  readonly connectors: Connectors;
  readonly credentials: CredentialStore;
  /** As `credentials.create` and `.update`, with the default user looked up first. */
  readonly checkedCredentials: CheckedCredentials;
  readonly oauthApps: OAuthApps;
  readonly tokens: Pick<TokenEndpoint, "exchangeCode">;
  readonly flows: OAuthFlows;
  readonly consents: Consents;
  readonly runtime: Runtime;
  /** What was written, by whom and with what outcome. */
  readonly writes: Writes;
  readonly workflows: Workflows;
  readonly recipes: Recipes;
  readonly previews: Previews;
  readonly dryRuns: DryRuns;
  readonly runs: Runs;
  /** Removes what is kept of a person. */
  readonly forget: Forget;
  /** Makes runs go on. Until `work` is called, this process only takes note of what is asked. */
  readonly engine: { work(): void };
  readonly apiKeys: ApiKeys;
  /** Signed messages to systems of the users. Recorded here, they are delivered by processes that called `start`. */
  readonly destinations: Destinations;
  /** Endpoints, and what is delivered to them. Recorded here, deliveries start runs in processes that called `start`. */
  readonly triggers: Triggers;
  /** Tells destinations of what happens. Until `start` is called, what happens in this process is recorded alone. */
  readonly productEvents: Pick<ProductEvents, "start">;
  readonly projects: Projects;
  readonly accessLinks: AccessLinks;
  readonly sessionStore: SessionStore;
  readonly sessionSecret: Secret;
  readonly pickLists: PickLists;
  readonly keys: {
    /** The key file in use; undefined where the keys come from the environment. */
    readonly file: string | undefined;
    list(): Promise<KeyUse[]>;
    /** A new key in the key file, where none is waiting for its rotation: its name. @throws ConnectorError `conflict` where it cannot be created */
    makeNew(): Promise<string | undefined>;
    rotate(options?: Pick<RotateOptions, "signal" | "onProgress">): Promise<RotateReport>;
  };
  /** Tests a credential and saves the verdict. @throws ConnectorError `not_found`, `cancelled` */
  test(access: Access, id: string, options?: { signal?: AbortSignal }): Promise<CheckReport>;
  /** How a credential's rate budget stands, in all processes together. Takes nothing from it. @throws ConnectorError `not_found` */
  budget(access: Access, id: string): Promise<Budget>;
  /** For everything else that is asked outside of this machine: as `fetch`, through the configured proxies. */
  readonly fetch: typeof globalThis.fetch;
  /** Aborted when the server begins to shut down. */
  readonly draining: AbortSignal;
  /** Begins to shut down: no new work, streams end. Repeatable. */
  drain(): void;
  /** Removes what has expired (sessions, consents, records of writes), and what is left of removed projects. Re-encrypts what an older version encrypted. Repeatable. */
  sweep(): Promise<void>;
  /** Closes everything; may be called twice. */
  dispose(): Promise<void>;
}

const DAY_MS = 86_400_000;

export interface OpenOptions {
  readonly log: Log;
  readonly now?: () => number;
  /** The store must exist already: create none, and no keys either. */
  readonly mustExist?: boolean;
}

/**
 * Opens the store and joins every part, for the server and the command line alike. Starts no listener and no timer.
 *
 * @throws ConnectorError `config_invalid` where keys, environments or the store's address are not usable, or there is no store where there must be one, `store_unavailable`
 */
export async function openServices(config: Config, { log, now = Date.now, mustExist = false }: OpenOptions): Promise<Services> {
  if (mustExist && !config.mongodbUri && !isStoreThere(config.dataDir)) throw noStore(config.dataDir);
  const environments = readEnvironments(config);
  const connectors = loadConnectors({ dir: config.connectorsDir, environments: environments.of });
  environments.assertUsed(connectors);
  const keys = loadKeys({
    keys: config.credentialsKeys && reveal(config.credentialsKeys),
    keyFile: config.credentialsKeyFile,
    dataDir: config.mongodbUri ? undefined : config.dataDir,
  });
  const store = openStore(
    config.mongodbUri
      ? { mongodbUri: reveal(config.mongodbUri), mustExist }
      : { dataDir: config.dataDir, warn: (message) => log.warn(message) },
  );
  try {
    await openOrName(store, config);
    await checkSentinel(store, keys.ring);
    await noteKeys(store, keys.ring.kids(), now);
    const sessionSecret = await loadSessionSecret(store, keys.ring);
    const services = join({ config, log, now, connectors, keys, store, sessionSecret });
    await services.projects.ensureDefault();
    return services;
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

/** The store tells no paths, since callers may see its errors. The person who starts a program must know which folder is meant. */
async function openOrName(store: DocumentStore, { dataDir }: Config): Promise<void> {
  try {
    await store.open();
  } catch (error) {
    if (!isConnectorError(error) || store.kind !== "embedded") throw error;
    throw new ConnectorError(error.code, `${error.message} DATA_DIR is ${dataDir}`, error.details, { cause: error });
  }
}

function noStore(dataDir: string): ConnectorError {
  const message = `There is no store in ${dataDir} (DATA_DIR). Work in the folder where the server was started, set DATA_DIR or MONGODB_URI as it has them, or begin with: lever-connector start`;
  return new ConnectorError("config_invalid", message, { variable: "DATA_DIR" });
}

interface Opened {
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
  readonly connectors: Connectors;
  readonly keys: LoadedKeys;
  readonly store: DocumentStore;
  readonly sessionSecret: Secret;
}

function join(opened: Opened): Services {
  const { config, log, now, connectors, keys, store, sessionSecret } = opened;
  const publicUrl = publicUrlOf(config);
  const events = createEvents();
  events.on(logEvents(log, { readSample: config.logReadSample }));
  const { tell } = events;
  const onError = (error: unknown) => tell({ type: "fault", what: "background work failed", error });
  const { ring } = keys;
  const proxies = toProxySettings(config.proxies);
  const tokens = createTokenEndpoint({ now, proxies });
  const oauthApps = createOAuthApps({
    store,
    ring,
    configured: readOAuthApps(config.oauthVariables, connectors),
    connectors,
    now,
  });
  const bindSeals = createBindSeals({ store, ring });
  const refresher = createRefresher({ store, ring, connectors, apps: oauthApps, tokens, now, tell });
  const credentials = createCredentials({ store, ring, connectors, refresher, now });
  const sender = createSend({ proxies });
  const outside = new Agent({ connect: createConnect({ proxies }) });
  const limiter = createRateLimiter({ take: store.take.bind(store), drain: store.drain.bind(store) });
  const attempts = createAttempts({ send: sender.send, limiter, credentials });
  const turns = createTurns({ store, onError });
  const ledger = createWriteLedger({ store, keyRing: ring, now });
  const runtime = createRuntime({ connectors, credentials, attempts, turns, ledger, tell });
  const pickLists = createPickLists({
    connectors,
    all: (...of) => allRecords(runtime, ...of),
    reach: (...of) => credentials.get(...of),
    now,
  });
  const flows = createOAuthFlows({ store, ring, builtIn: connectors.builtIn.manifest.id, now });
  const sessionStore = new SessionStore(store, now);
  const apiKeys = createApiKeys({ store, now, onError });
  const destinations = createDestinations({
    ...{ store, ring, proxies, now, tell },
    userAgent: `lever-connector/${packageVersion()}`,
    egress: { allow: egressAllow(config) },
  });
  const projects = createProjects({ store, now, onRemoved: apiKeys.believeNothing });
  const stopping = new AbortController();
  const triggers = createTriggers({
    ...{ store, ring, publicUrl, tell, now, presets: loadPresets() },
    subscribers: {
      of: (delivery) => workflows.startedBy(systemAccess(delivery), delivery.endpoint),
      start: (...started) => runs.startByDelivery(...started),
    },
  });
  const { endpoints, deliveries } = triggers;
  const records = createRunRecords({ store, keyRing: ring });
  const shown = createShown(connectors);
  const performer = createPerformer({ connectors, credentials, runtime, destinations, budget, now });
  const engine = createEmbeddedEngine({
    ...{ store, records, credentials, connectors, shown, tell, now, onError },
    performer,
    workflowOf: (run) => workflows.runnable(run),
    onTick: (access, id, tick) => runs.startByClock(access, id, tick),
  });
  const catalog = createWorkflowCatalog({ connectors, credentials, destinations, triggers });
  const workflows = createWorkflows({ store, catalog, credentials, destinations, endpoints, engine, now });
  const forget = createForget({
    ...{ store, destinations, deliveries, pickLists, now },
    runs: createForgetRuns({ store, records, now }),
    writes: createForgetWrites({ store, keyRing: ring }),
  });
  const runs = createRuns({ store, engine, records, performer, workflows, credentials, shown, events, now });
  const productEvents = createProductEvents({ store, destinations, workflows, endpoints, events, publicUrl, onError });
  let disposed: Promise<void> | undefined;
  let sweeping: Promise<void> | undefined;

  return {
    config,
    publicUrl,
    log,
    events,
    store,
    connectors,
    credentials,
    oauthApps,
    tokens,
    flows,
    consents: createConsents({ connectors, credentials, oauthApps, flows, publicUrl }),
    runtime,
    writes: createWrites(createWriteRecords({ store, keyRing: ring, now }), credentials),
    workflows,
    recipes: createRecipes({ connectors, workflows }),
    previews: createPreviews({ catalog, workflows, runs }),
    dryRuns: createDryRuns({ connectors, runtime, performer, catalog, workflows, triggers, now }),
    runs,
    forget,
    engine: { work: () => engine.work() },
    pickLists,
    apiKeys,
    destinations,
    triggers,
    productEvents: { start: () => productEvents.start() },
    projects,
    accessLinks: createAccessLinks({ store, now }),
    sessionStore,
    sessionSecret,
    keys: {
      file: keys.file,
      async list() {
        ring.reload();
        await noteKeys(store, ring.kids(), now);
        return listKeys({ store, ring });
      },
      async makeNew() {
        const kid = await makeNewKey({ store, ring, file: keys.file });
        await noteKeys(store, ring.kids(), now);
        return kid;
      },
      rotate: (options) => rotateKeys({ store, ring, ...options }),
    },
    checkedCredentials: createCheckedCredentials({ connectors, credentials, probe: (...call) => runtime.probe(...call) }),
    test: createChecker({ connectors, credentials, probe: (call) => runtime.probe(call), now }),
    budget,
    fetch: (input, init) => fetchBy(outside, input, init),
    draining: stopping.signal,
    drain: () => stopping.abort(),
    sweep() {
      // One at a time: closing the store waits for it.
      sweeping ??= sweep().finally(() => {
        sweeping = undefined;
      });
      return sweeping;
    },
    dispose() {
      disposed ??= close();
      return disposed;
    },
  };

  async function budget(access: Access, id: string): Promise<Budget> {
    const { project, connector, environment } = await credentials.get(access, id);
    const { manifest, environments } = connectors.of(connector);
    return limiter.look(budgetName(project, id), environments[environment]?.rateLimit ?? manifest.rateLimit);
  }

  async function sweep(): Promise<void> {
    const sweeps = [sweepHistory(), runtime.sweep(), sessionStore.sweep(), flows.sweep(), projects.sweep(), destinations.sweep()];
    await Promise.all([...sweeps, bindSeals(stopping.signal)]);
  }

  async function sweepHistory(): Promise<void> {
    for await (const { id, retentionDays } of projects.all()) {
      const access = systemAccess({ project: id });
      await engine.sweep(access, retentionDays * DAY_MS);
      await deliveries.sweep(access, retentionDays * DAY_MS);
    }
  }

  async function close(): Promise<void> {
    stopping.abort();
    await triggers.stop();
    await Promise.all([sweeping?.catch(() => undefined), engine.stop()]);
    await credentials.settled();
    await productEvents.stop();
    await destinations.dispose();
    await Promise.all([sender.dispose(), tokens.dispose(), outside.destroy()]);
    await runtime.settled();
    await store.dispose();
  }
}

/** The playground's inbox is a destination to try this with. */
function egressAllow({ egressAllow: allowed = "", playground, playgroundPort }: Config): string {
  return playground ? `${allowed} 127.0.0.1:${playgroundPort} localhost:${playgroundPort}` : allowed;
}

function toProxySettings({ https, http, noProxy }: ConfiguredProxies = {}): ProxySettings {
  return {
    ...(https && { https: new URL(reveal(https)) }),
    ...(http && { http: new URL(reveal(http)) }),
    ...(noProxy !== undefined && { noProxy }),
  };
}

/** undici's own `fetch`: Node's takes no dispatcher of another copy of undici. */
function fetchBy(dispatcher: Dispatcher, ...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> {
  return undiciFetch(input as RequestInfo, { ...init, dispatcher } as RequestInit) as unknown as Promise<Response>;
}

async function* allRecords(
  runtime: Runtime,
  access: Access,
  credential: string,
  operation: string,
  input: Input,
  signal: AbortSignal,
) {
  for await (const event of runtime.pages({ access, credential, operation, input, signal })) {
    if (event.type === "records") yield event.records;
  }
}

import { createConnectors } from "../../../connector/connectors.ts";
import { createRateLimiter } from "../../../connector/http/rate-limit.ts";
import { createSend } from "../../../connector/http/send.ts";
import { loadConnector } from "../../../connector/manifest.ts";
import type { Connector, Connectors } from "../../../connector/types.ts";
import { type CredentialStore, createCredentials } from "../../../credentials/credential-store.ts";
import { createTokenEndpoint } from "../../../credentials/oauth.ts";
import { createOAuthApps, type OAuthApps } from "../../../credentials/oauth-apps.ts";
import { createRefresher } from "../../../credentials/refresh.ts";
import { playgroundEnvironment } from "../../../playground/options.ts";
import { createAttempts } from "../../../runtime/attempts.ts";
import { createRuntime } from "../../../runtime/create-runtime.ts";
import { createTurns } from "../../../runtime/turns.ts";
import type { Runtime } from "../../../runtime/types.ts";
import { createWriteLedger } from "../../../runtime/write-ledger.ts";
import { createKeyRing, type KeyRing } from "../../../sealing/encrypt.ts";
import { parseKeys } from "../../../sealing/parse-keys.ts";
import type { DocumentStore } from "../../../store/document-store.ts";
import { openStore, type StoreLocation } from "../../../store/index.ts";
import { createStriker, type Strike, strikeStore, strikeTokens } from "./strike.ts";

/** Where a process works: the same for the parent and all its children. */
export interface Place {
  readonly store: StoreLocation;
  /** As `CREDENTIALS_KEYS` would hold them, or opened. */
  readonly keys: string | KeyRing;
  /** The playground. */
  readonly url: string;
}

export interface Tuning {
  /** How far this process's clock is ahead. */
  readonly shiftMs?: number;
  /** Of refreshes and turns; the product's 10 s where it is left out. */
  readonly leaseMs?: number;
  readonly waitMs?: number;
  readonly strike?: Strike | undefined;
  /** Made at the first call of `runtime` where none is given. */
  readonly connector?: Connector;
}

export interface Parts {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly apps: OAuthApps;
  readonly credentials: CredentialStore;
  readonly connectors: Connectors;
  readonly clock: { shiftMs: number };
  /** Made at the first call: compiling the operations takes a while. */
  runtime(): Runtime;
  close(): Promise<void>;
}

/** The product's parts joined as the server joins them, with shorter leases, a clock of their own and named crash points. */
export function openParts(
  place: Place,
  { shiftMs = 0, leaseMs = 10_000, waitMs = 25_000, strike, connector }: Tuning = {},
): Parts {
  const striker = createStriker(strike);
  const store = strikeStore(openStore(place.store), striker);
  const ring = typeof place.keys === "string" ? createKeyRing(parseKeys(place.keys)) : place.keys;
  const environments = toEnvironments(place.url);
  const connectors = createConnectors([connector ?? loadConnector({ environments, check: false })]);
  const clock = { shiftMs };
  const now = () => Date.now() + clock.shiftMs;
  const endpoint = createTokenEndpoint({ now });
  const tokens = strikeTokens(endpoint, striker);
  const apps = createOAuthApps({ store, ring, configured: {}, connectors });
  const parts = { store, ring, connectors, apps, tokens, now };
  const refresher = createRefresher({ ...parts, timing: { leaseMs, waitMs, backoffMs: 20 } });
  const credentials = createCredentials({ ...parts, refresher });
  const sender = createSend();
  let made: Runtime | undefined;

  function runtime(): Runtime {
    const limiter = createRateLimiter({ take: store.take.bind(store), drain: store.drain.bind(store) });
    const send: typeof sender.send = (...call) => striker.around(["send"], () => sender.send(...call));
    made ??= createRuntime({
      connectors: createConnectors([withCreate(connectors.builtIn)]),
      credentials,
      attempts: createAttempts({ send, limiter, credentials, now }),
      turns: createTurns({ store, leaseMs }),
      ledger: createWriteLedger({ store, keyRing: ring, now }),
      now,
    });
    return made;
  }

  return {
    store,
    ring,
    apps,
    credentials,
    connectors,
    clock,
    runtime,
    async close() {
      await credentials.settled();
      await Promise.all([endpoint.dispose(), sender.dispose()]);
      await store.dispose();
    },
  };
}

/** The playground without a rate limit that would be felt. */
export function toEnvironments(url: string) {
  const rateLimit = { perSecond: 100_000, burst: 100_000, scope: "credential" } as const;
  return { playground: { ...playgroundEnvironment(url), rateLimit } };
}

/** The same tag write, declared as one that must not be sent twice: shows in the playground's ledger how often it was sent. */
export const WRITE_ONCE = "write_once";

function withCreate(connector: Connector): Connector {
  const declared = connector.operation("add_opportunity_tags");
  const once = { ...declared, name: WRITE_ONCE, effect: "create" as const };
  const operations = new Map([...connector.operations, [WRITE_ONCE, once]]);
  return { ...connector, operations, operation: (name) => (name === WRITE_ONCE ? once : connector.operation(name)) };
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readConfig } from "../../../app/config.ts";
import { openServices, type Services } from "../../../app/services.ts";
import { createRateLimiter } from "../../../connector/http/rate-limit.ts";
import { type CreateSendOptions, createSend } from "../../../connector/http/send.ts";
import { createAttempts } from "../../../runtime/attempts.ts";
import { createRuntime } from "../../../runtime/create-runtime.ts";
import { createTurns } from "../../../runtime/turns.ts";
import type { Runtime } from "../../../runtime/types.ts";
import { createWriteLedger } from "../../../runtime/write-ledger.ts";
import { loadKeys } from "../../../sealing/keys.ts";
import { Secret } from "../../../sealing/secret.ts";
import { accessTo } from "../../support/access.ts";

export interface Opened {
  readonly services: Services;
  readonly runtime: Runtime;
  /** Saves a credential for an environment; answers its id. */
  credential(environment: string, defaultPerformAs?: string): Promise<string>;
  dispose(): Promise<void>;
}

export interface Tuning {
  /** Shorter deadlines on the wire than the product's. */
  readonly send?: CreateSendOptions;
  /** Shorter turns than the product's. */
  readonly leaseMs?: number;
  /** Shorter waits between attempts: they are this share of the product's. */
  readonly waits?: number;
}

/** The services as the server opens them, on a folder that several may share, and a runtime of the same parts with other deadlines. */
export async function openRuntime(folder: string, tuning: Tuning = {}): Promise<Opened> {
  const config = readConfig({
    DATA_DIR: folder,
    PLAYGROUND: "off",
    ENVIRONMENTS_FILE: join(folder, "environments.json"),
  });
  const log = pino({ level: "silent" });
  const services = await openServices(config, { log });
  const { store, credentials, connectors } = services;
  const sender = createSend(tuning.send);
  const limiter = createRateLimiter({ take: store.take.bind(store), drain: store.drain.bind(store) });
  const random = () => Math.random() * (tuning.waits ?? 1);
  const runtime = createRuntime({
    connectors,
    credentials,
    attempts: createAttempts({ send: sender.send, limiter, credentials, random }),
    turns: createTurns({ store, ...(tuning.leaseMs !== undefined && { leaseMs: tuning.leaseMs }) }),
    ledger: createWriteLedger({ store, keyRing: loadKeys({ dataDir: folder }).ring }),
  });
  return {
    services,
    runtime,
    async credential(environment, defaultPerformAs) {
      const { id } = await credentials.create(accessTo("default"), {
        nickname: `${environment} ${Math.random()}`,
        environment,
        auth: { type: "api_key", apiKey: new Secret("playground") },
        ...(defaultPerformAs !== undefined && { defaultPerformAs }),
      });
      return id;
    },
    async dispose() {
      await sender.dispose();
      await runtime.settled();
      await services.dispose();
    },
  };
}

export interface Folder {
  readonly path: string;
  remove(): void;
}

/** A folder for stores, whose environments are these API addresses; none of them has a rate limit that would be felt. */
export function makeFolder(apis: Readonly<Record<string, string>>): Folder {
  const path = mkdtempSync(join(tmpdir(), "lever-connector-faults-"));
  const rateLimit = { perSecond: 100_000, burst: 100_000, scope: "credential" };
  const environments = Object.entries(apis).map(([name, api]) => {
    const { origin } = new URL(api);
    return [name, { api, authorize: `${origin}/authorize`, token: `${origin}/oauth/token`, audience: `${api}/`, rateLimit }];
  });
  writeFileSync(join(path, "environments.json"), JSON.stringify(Object.fromEntries(environments)));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

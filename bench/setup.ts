import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../app/config.ts";
import { openServices, type Services } from "../app/services.ts";
import { createLog } from "../runtime/log.ts";
import { Secret } from "../sealing/secret.ts";
import { accessTo } from "../test/support/access.ts";

/** Every token is asked for, as with Lever's bucket; none is waited for. */
const UNLIMITED = { perSecond: 1_000_000, burst: 1_000_000, scope: "credential" };

export interface Setup {
  /** The same environment for this process and for servers that are measured. */
  readonly env: Record<string, string>;
  readonly services: Services;
  readonly credential: string;
  close(): Promise<void>;
}

/** Services on a store of their own with one API key for the fake Lever at `upstream`, and no rate limit in the way unless one is given. */
export async function setUp(
  upstream: string,
  extra: Record<string, string> = {},
  { apiKey = "bench-key", rateLimit = UNLIMITED }: { apiKey?: string; rateLimit?: object } = {},
): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), "lever-bench-"));
  const environmentsFile = join(folder, "environments.json");
  const bench = {
    api: `${upstream}/v1`,
    authorize: `${upstream}/authorize`,
    token: `${upstream}/token`,
    audience: upstream,
    rateLimit,
  };
  writeFileSync(environmentsFile, JSON.stringify({ bench }));
  const env = {
    DATA_DIR: join(folder, "data"),
    ENVIRONMENTS_FILE: environmentsFile,
    ADMIN_TOKEN: "bench-token-of-32-characters-long",
    PLAYGROUND: "off",
    PORT: "0",
    LOG_LEVEL: "info",
    ...extra,
  };
  const services = await openServices(readConfig(env), { log: createLog({ level: "warn" }) });
  const { id } = await services.credentials.create(accessTo("default"), {
    nickname: "bench",
    environment: "bench",
    auth: { type: "api_key", apiKey: new Secret(apiKey) },
  });
  return {
    env,
    services,
    credential: id,
    async close() {
      await services.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

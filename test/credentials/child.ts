// A process of its own for tests that kill it or run several at once:
// `sign <folder> <keys> <playground> <credential> <now> <start at> [lease]`, `crash` likewise.

import { setTimeout as sleep } from "node:timers/promises";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createTokenEndpoint } from "../../credentials/oauth.ts";
import { createOAuthApps } from "../../credentials/oauth-apps.ts";
import { createRefresher } from "../../credentials/refresh.ts";
import { playgroundEnvironment } from "../../playground/options.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { accessTo } from "../support/access.ts";
import { connectorsOf } from "../support/connectors.ts";

const [command, dataDir = "", keys = "", url = "", id = "", nowMs = "0", startAtMs = "0", leaseMs = "10000"] =
  process.argv.slice(2);
if (command === "sign") await sign(createEmbeddedStore({ dataDir }));
if (command === "crash") await crash();

/** 25 callers at the appointed time. */
async function sign(store: DocumentStore): Promise<void> {
  const connectors = connectorsOf({ playground: playgroundEnvironment(url) });
  const ring = createKeyRing(parseKeys(keys));
  const now = () => Number(nowMs);
  const tokens = createTokenEndpoint({ now });
  const apps = createOAuthApps({ store, ring, configured: {}, connectors });
  const parts = { store, ring, connectors, apps, tokens, now };
  const refresher = createRefresher({ ...parts, timing: { leaseMs: Number(leaseMs) } });
  const credentials = createCredentials({ ...parts, refresher });
  await store.open();
  await sleep(Math.max(0, Number(startAtMs) - Date.now()));
  const signed = await Promise.all(Array.from({ length: 25 }, () => credentials.sign(accessTo("p1"), id)));
  const versions = [...new Set(signed.map(({ secretVersion }) => secretVersion))];
  process.stdout.write(`${JSON.stringify({ signed: signed.length, versions })}\n`);
  await tokens.dispose();
  await store.dispose();
}

/** Dies at the very moment when new tokens are to be saved. */
async function crash(): Promise<void> {
  const real = createEmbeddedStore({ dataDir });
  await sign({
    ...real,
    async patch(...call) {
      if (call[3].inc?.secretVersion !== undefined) process.kill(process.pid, "SIGKILL");
      return real.patch(...call);
    },
  });
}

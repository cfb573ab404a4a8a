// A process of its own for tests that kill it or run several at once:
// `keys <folder>`, `rotate <folder> <keys>`, `sign <folder> <keys> <playground> <credential> <now> <start at> [lease]`, `crash` likewise.
import { setTimeout as sleep } from "node:timers/promises";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createKeyRing } from "../../credentials/encrypt.ts";
import { addKey } from "../../credentials/key-file.ts";
import { loadKeys } from "../../credentials/keys.ts";
import { createTokenEndpoint } from "../../credentials/oauth.ts";
import { createOAuthApps } from "../../credentials/oauth-apps.ts";
import { parseKeys } from "../../credentials/parse-keys.ts";
import { createRefresher } from "../../credentials/refresh.ts";
import { rotateKeys } from "../../credentials/rotate-keys.ts";
import { playgroundEnvironment } from "../../playground/options.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";

const [command, dataDir = "", keys = "", url = "", id = "", nowMs = "0", startAtMs = "0", leaseMs = "10000"] =
  process.argv.slice(2);
if (command === "keys") process.stdout.write(`${loadKeys({ dataDir }).ring.currentKid()}\n`);
if (command === "rotate") await rotate();
if (command === "add-key") addInTurn();
if (command === "sign") await sign(createEmbeddedStore({ dataDir }));
if (command === "crash") await crash();

/** Adds a key at each line that comes in, and tells its name. */
function addInTurn(): void {
  process.stdout.write("ready\n");
  process.stdin.on("data", () => process.stdout.write(`${addKey(dataDir)}\n`));
}

async function rotate(): Promise<void> {
  const real = createEmbeddedStore({ dataDir });
  // Slow enough to be killed in the middle.
  const store: typeof real = {
    ...real,
    async patch(...call) {
      await sleep(5);
      return real.patch(...call);
    },
  };
  const onProgress = ({ done }: { done: number }) => void process.stdout.write(`${done}\n`);
  await rotateKeys({ store, ring: createKeyRing(parseKeys(keys)), onProgress, batch: 7, settleMs: 0 });
  await real.dispose();
}

/** 25 callers at the appointed time. */
async function sign(store: DocumentStore): Promise<void> {
  const environments = { playground: playgroundEnvironment(url) };
  const ring = createKeyRing(parseKeys(keys));
  const now = () => Number(nowMs);
  const tokens = createTokenEndpoint({ now });
  const apps = createOAuthApps({ store, ring, configured: {}, environments, scopes: [] });
  const parts = { store, ring, environments, apps, tokens, now };
  const refresher = createRefresher({ ...parts, timing: { leaseMs: Number(leaseMs) } });
  const credentials = createCredentials({ ...parts, refresher });
  await store.open();
  await sleep(Math.max(0, Number(startAtMs) - Date.now()));
  const signed = await Promise.all(Array.from({ length: 25 }, () => credentials.sign("p1", id)));
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

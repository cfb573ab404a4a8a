// A process of its own for tests that kill it or run several at once: `keys <folder>`, `add-key <folder>`, `rotate <folder> <keys>`.
import { setTimeout as sleep } from "node:timers/promises";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { addKey } from "../../sealing/key-file.ts";
import { loadKeys } from "../../sealing/keys.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import { rotateKeys } from "../../sealing/rotate-keys.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";

const [command, dataDir = "", keys = ""] = process.argv.slice(2);
if (command === "keys") process.stdout.write(`${loadKeys({ dataDir }).ring.currentKid()}\n`);
if (command === "rotate") await rotate();
if (command === "add-key") addInTurn();

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

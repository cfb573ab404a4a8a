// A process of its own that takes a delivery and is killed at a moment: `child.ts <what, as JSON>`.

import { createKeyRing } from "../../sealing/encrypt.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import { openStore, type StoreLocation } from "../../store/index.ts";
import { createTriggers } from "../../triggers/create-triggers.ts";
import { loadPresets } from "../../triggers/presets.ts";
import { type Arrived, recordingSubscribers } from "./recording-subscribers.ts";

interface Wanted {
  readonly location: StoreLocation;
  readonly keys: string;
  readonly workflows: readonly string[];
  readonly arrival: Arrived;
  /** `recorded`: nothing is started yet. `half`: the first of the workflows is. */
  readonly moment: "recorded" | "half";
}

const { location, keys, workflows, arrival, moment } = JSON.parse(String(process.argv[2])) as Wanted;
const store = openStore(location);
const die = () => process.kill(process.pid, "SIGKILL");
await store.open();
const triggers = createTriggers({
  ...{ store, ring: createKeyRing(parseKeys(keys)), presets: loadPresets(), publicUrl: "http://127.0.0.1:1" },
  subscribers: recordingSubscribers(store, () => workflows, { onStarted: die }),
  ...{ leaseMs: 1_000, pollMs: 20 },
});
if (moment === "half") triggers.start();
await triggers.take({ ...arrival, body: Buffer.from(arrival.body), requestId: "req_child" });
if (moment === "recorded") die();
setInterval(() => {}, 1_000);

// A process of its own that records a message and is killed at a moment: `child.ts <what, as JSON>`.

import { createDestinations } from "../../destinations/create-destinations.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import { openStore, type StoreLocation } from "../../store/index.ts";
import { accessTo } from "../support/access.ts";

interface Wanted {
  readonly location: StoreLocation;
  readonly keys: string;
  readonly project: string;
  readonly destination: string;
  readonly allow: string;
  readonly moment: "recorded" | "claimed" | "accepted";
}

const { location, keys, project, destination, allow, moment } = JSON.parse(String(process.argv[2])) as Wanted;
const real = openStore(location);
const die = () => process.kill(process.pid, "SIGKILL");
const store: typeof real = {
  ...real,
  async patch(...call) {
    if (moment === "accepted" && call[3].set?.state === "delivered") die();
    const patched = await real.patch(...call);
    if (moment === "claimed" && call[3].inc?.fence === 1) die();
    return patched;
  },
};
await store.open();
const destinations = createDestinations({
  store,
  ring: createKeyRing(parseKeys(keys)),
  userAgent: "child",
  egress: { allow },
  leaseMs: 2_000,
  pollMs: 20,
});
if (moment !== "recorded") destinations.start();
await destinations.send(accessTo(project), { destination, id: "precious", body: { precious: true } });
if (moment === "recorded") die();
setInterval(() => {}, 1_000);

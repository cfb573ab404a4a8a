// A process of its own that starts a run and is killed at a moment: `child.ts <what, as JSON>`.

import { pino } from "pino";
import { readConfig } from "../../app/config.ts";
import { openServices } from "../../app/services.ts";
import { accessTo } from "../support/access.ts";

interface Wanted {
  readonly env: Record<string, string>;
  readonly workflow: string;
  /** `happened`: the run has failed, and nobody was told. `half`: one destination has its message, the other has not. */
  readonly moment: "happened" | "half";
}

const { env, workflow, moment } = JSON.parse(String(process.argv[2])) as Wanted;
const die = () => process.kill(process.pid, "SIGKILL");
const services = await openServices(readConfig(env), { log: pino({ level: "silent" }), mustExist: true });
const { store } = services;
const insert = store.insert.bind(store);
store.insert = async (collection, document) => {
  const stored = await insert(collection, document);
  if (collection === "messages" && String(document.key).startsWith("event/")) die();
  return stored;
};
if (moment === "half") services.productEvents.start();
else
  services.events.on((event) => {
    if (event.type === "run_changed" && event.status === "failed") die();
  });
services.engine.work();
await services.runs.start(accessTo("default"), workflow);
setInterval(() => {}, 1_000);

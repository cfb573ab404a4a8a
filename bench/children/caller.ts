import { once } from "node:events";
import { readConfig } from "../../app/config.ts";
import { openServices } from "../../app/services.ts";
import { createLog } from "../../runtime/log.ts";
import { accessTo } from "../../test/support/access.ts";

/** One process of several on a store: makes as many calls as it is told, all at once, when it is told. */
const [credential = "", calls = "0"] = process.argv.slice(2);
const { runtime } = await openServices(readConfig(process.env), { log: createLog({ level: "warn" }) });
process.send?.("ready");
await once(process, "message");
const call = { access: accessTo("default"), operation: "list_stages", credential, input: {}, timeoutMs: 120_000 };
await Promise.all(Array.from({ length: Number(calls) }, () => runtime.execute(call)));
process.send?.("done");
process.on("disconnect", () => process.exit(0));

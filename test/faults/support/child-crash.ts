// A process that dies with an unexpected error while it holds opened secrets; `child-crash <credential>`, configured by environment.

import { readConfig } from "../../../app/config.ts";
import { openServices } from "../../../app/services.ts";
import { createLog } from "../../../runtime/log.ts";
import { accessTo } from "../../support/access.ts";

const config = readConfig(process.env);
const log = createLog({ level: "trace" });
const services = await openServices(config, { log });
const signing = await services.credentials.sign(accessTo("default"), String(process.argv[2]));
const app = await services.oauthApps.resolve(accessTo("default"), { connector: "lever", environment: "playground" });
const inner = Object.assign(new Error("the innermost"), { signing, config, app, request: { headers: signing.record } });
const error = new AggregateError([inner, signing, config], "a crash on purpose", { cause: inner });
log.fatal({ err: error, signing, config, app }, "about to crash");
console.error(error, signing, app, config);
throw error;

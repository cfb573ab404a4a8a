import { createLog } from "../runtime/log.ts";
import { readConfig } from "../server/config.ts";
import { openServices, type Services } from "../server/services.ts";
import type { Io } from "./io.ts";

export type { Services };

/** The services that the environment describes. Their log is silent unless `LOG_LEVEL` asks for it: a command tells its own failures. */
export async function openCliServices(io: Io): Promise<Services> {
  const config = readConfig(io.env);
  const asked = Boolean(io.env.LOG_LEVEL?.trim());
  return openServices(config, { log: createLog({ level: asked ? config.logLevel : "silent" }) });
}

import { readConfig } from "../app/config.ts";
import { openServices, type Services } from "../app/services.ts";
import { createLog } from "../runtime/log.ts";
import type { Io } from "./io.ts";

export type { Services };

/**
 * The services that the environment describes. They work on the store that is there and never create one: a command in the wrong folder
 * would have done its work where no server looks.
 *
 * Their log is silent unless `LOG_LEVEL` asks for it: a command tells its own failures.
 */
export async function openCliServices(io: Io): Promise<Services> {
  const config = readConfig(io.env);
  const asked = Boolean(io.env.LOG_LEVEL?.trim());
  return openServices(config, { mustExist: true, log: createLog({ level: asked ? config.logLevel : "silent" }) });
}

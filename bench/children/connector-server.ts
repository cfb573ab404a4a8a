import { readConfig } from "../../app/config.ts";
import { startServer } from "../../server/main.ts";

/** The real server on a free port, configured by the environment it is given. */
const server = await startServer(readConfig(process.env));
process.send?.({ port: Number(new URL(server.url).port) });
process.on("disconnect", () => process.exit(0));

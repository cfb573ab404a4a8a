import { readConfig } from "../../app/config.ts";
import { startServer } from "../../server/main.ts";

/** The real server on a free port, configured by the environment it is given. Asked for its usage, it tells its memory and processor time. */
const server = await startServer(readConfig(process.env));
process.send?.({ port: Number(new URL(server.url).port) });
process.on("message", (message) => {
  if (message !== "usage") return;
  const { user, system } = process.cpuUsage();
  process.send?.({ rssMb: process.memoryUsage.rss() / 1e6, cpuMs: (user + system) / 1000 });
});
process.on("disconnect", () => process.exit(0));

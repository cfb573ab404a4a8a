import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { CreateSendOptions } from "../../../connector/http/send.ts";
import { type FaultAction, type RunningPlayground, startPlayground } from "../../../playground/index.ts";
import { type RawServer, rawServer } from "../../connector/http/raw-server.ts";
import { type BadHosts, openBadHosts } from "./bad-hosts.ts";
import { makeFolder, type Opened, openRuntime } from "./open-runtime.ts";
import { type Report, type RuntimeProcess, startRuntimeProcess, type Usage } from "./runtime-process.ts";

type Reply = Parameters<typeof rawServer>[0];
export type Place = "lever" | "raw" | keyof BadHosts["apis"];

export interface HostileStage {
  readonly playground: RunningPlayground;
  readonly raw: RawServer;
  /** What the redirects' target got. */
  readonly sink: { readonly origin: string; readonly requests: IncomingHttpHeaders[] };
  readonly runtime: RuntimeProcess;
  /** What the raw server does with the next requests. */
  reply(how: Reply): void;
  /** For every call of an opportunity, or those whose path matches. */
  fault(action: FaultAction, times?: number, pathPattern?: string): void;
  /** Reads one opportunity. */
  read(place: Place, more?: { readonly timeoutMs?: number; readonly credential?: string }): Promise<Report>;
  /** Adds a tag to it, or to another one: a write that timed out is followed to its end, and keeps the next to the same waiting. */
  write(place: Place, more?: { readonly timeoutMs?: number; readonly opportunity?: number }): Promise<Report>;
  /** A credential with a rate budget of its own. */
  freshCredential(place: Place): Promise<string>;
  usage(): Promise<Usage>;
  close(): Promise<void>;
}

/** A runtime in a process of its own, and every kind of service that means it ill. */
export async function openHostileStage(send?: CreateSendOptions): Promise<HostileStage> {
  const playground = await startPlayground({ port: 0, opportunities: 10, rateLimit: false });
  const bad = await openBadHosts();
  let how: Reply = (socket) => void socket.end();
  const raw = await rawServer((...request) => how(...request));
  const sink = await openSink();
  const folder = makeFolder({ lever: `${playground.url}/v1`, raw: raw.base, ...bad.apis });
  const opened = await openRuntime(folder.path);
  const { world, faults } = playground.playground;
  const user = [...world.userById.keys()][0] as string;
  const credentials = await makeCredentials(opened, ["lever", "raw", ...Object.keys(bad.apis)] as Place[], user);
  const runtime = await startRuntimeProcess(folder.path, { waits: 0.02, ...(send && { send }) });
  const opportunities = [...world.opportunityById.keys()];

  return {
    playground,
    raw,
    sink,
    runtime,
    reply(next) {
      how = next;
    },
    fault(action, times, pathPattern = "/opportunities/") {
      faults.add([{ match: { pathPattern, ...(times !== undefined && { times }) }, action }]);
    },
    read: (place, { credential = credentials[place], ...more } = {}) =>
      runtime.run({ operation: "retrieve_opportunity", credential, input: { opportunity_id: opportunities[0] }, ...more }),
    write: (place, { opportunity = 0, ...more } = {}) =>
      runtime.run({
        operation: "add_opportunity_tags",
        credential: credentials[place],
        input: { opportunity_id: opportunities[opportunity], tags: ["Verified"] },
        ...more,
      }),
    freshCredential: (place) => opened.credential(place, user),
    usage: () => runtime.usage(),
    async close() {
      await runtime.close();
      await opened.dispose();
      await Promise.all([sink.close(), raw.close(), bad.close(), playground.close()]);
      folder.remove();
    },
  };
}

async function makeCredentials(opened: Opened, places: readonly Place[], user: string): Promise<Record<Place, string>> {
  const made = places.map(async (place) => [place, await opened.credential(place, user)] as const);
  return Object.fromEntries(await Promise.all(made)) as Record<Place, string>;
}

async function openSink() {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((req, res) => {
    requests.push(req.headers);
    res.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

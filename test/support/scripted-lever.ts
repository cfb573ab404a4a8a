import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedLever {
  /** As an environment's `api`. */
  readonly api: string;
  /** Address of each request, in order. */
  readonly asked: URL[];
  close(): Promise<void>;
}

/** What a request is answered with: a value as JSON, a text as it is, or nothing where the script answers by itself. */
export type Script = (url: URL, request: IncomingMessage, response: ServerResponse) => unknown;

/** A Lever that answers what a test says, where the playground would not. */
export async function scriptedLever(script: Script): Promise<ScriptedLever> {
  const asked: URL[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://lever.test");
    asked.push(url);
    const body = await script(url, request, response);
    if (body === undefined) return;
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

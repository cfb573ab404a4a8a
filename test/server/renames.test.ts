import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { Secret } from "../../sealing/secret.ts";
import { createApp } from "../../server/app.ts";
import { runCli } from "../cli/run-cli.ts";
import { accessTo } from "../support/access.ts";
import { type ScriptedLever, scriptedLever } from "../support/scripted-lever.ts";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

type Moment = "at the door" | "record read" | "first page";

const access = accessTo("default");
let folder: string;
let lever: ScriptedLever;
let server: TestServer;
let close: () => Promise<unknown>;
let url: string;
let env: Record<string, string>;
/** The two accounts' credentials. */
const ids = { main: "", spare: "" };
/** The account of each request, in order. */
let asked: string[] = [];
/** Where "main" and "spare" swap their names. */
let swapAt: Moment | undefined;

/** A server between whose door and whose calls, and a Lever between whose answers, names are swapped. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lever-connector-renames-"));
  lever = await scriptedLever(async ({ pathname, searchParams }, { headers, method }) => {
    const account = Buffer.from(String(headers.authorization).replace("Basic ", ""), "base64").toString().replace(":", "");
    asked.push(`${method} ${account}`);
    if (pathname.endsWith("/opportunities")) {
      const isFirst = searchParams.get("offset") === null;
      if (isFirst) await swap("first page");
      return { data: [{ id: `${account} ${isFirst ? 1 : 2}` }], hasNext: isFirst, ...(isFirst && { next: "second" }) };
    }
    if (method === "GET") await swap("record read");
    return { data: { id: "o1", tags: [] } };
  });
  const { origin } = new URL(lever.api);
  const places = { authorize: `${origin}/authorize`, token: `${origin}/oauth/token`, audience: `${lever.api}/` };
  const file = join(folder, "environments.json");
  writeFileSync(file, JSON.stringify({ here: { api: lever.api, ...places, rateLimit: { perSecond: 1000, burst: 1000 } } }));
  const own = { PLAYGROUND: "off", ENVIRONMENTS_FILE: file };
  server = await startTestServer({ env: own });
  env = { ...own, DATA_DIR: server.dataDir };
  const { credentials, runtime } = server.services;
  const execute: typeof runtime.execute = async (options) => {
    await swap("at the door");
    return runtime.execute(options);
  };
  const pages: typeof runtime.pages = async function* (options) {
    await swap("at the door");
    yield* runtime.pages(options);
  };
  const listening = createServer(createApp({ ...server.services, runtime: { ...runtime, execute, pages } }));
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  close = async () => {
    listening.closeAllConnections();
    await new Promise((resolve) => listening.close(resolve));
  };
  for (const nickname of ["main", "spare"] as const)
    ids[nickname] = (
      await credentials.create(access, {
        nickname,
        environment: "here",
        defaultPerformAs: "u1",
        auth: { type: "api_key", apiKey: new Secret(nickname) },
      })
    ).id;
});
afterAll(async () => {
  await close?.();
  await server?.close();
  await lever?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  const { credentials } = server.services;
  await credentials.update(access, ids.main, { nickname: "between" });
  await credentials.update(access, ids.spare, { nickname: "spare" });
  await credentials.update(access, ids.main, { nickname: "main" });
  asked = [];
});

/** The account called "main" is called "spare" from now on, and the other way round. */
async function swap(here: Moment): Promise<void> {
  if (swapAt !== here) return;
  swapAt = undefined;
  const { credentials } = server.services;
  await credentials.update(access, ids.main, { nickname: "between" });
  await credentials.update(access, ids.spare, { nickname: "main" });
  await credentials.update(access, ids.main, { nickname: "spare" });
}

function run(operation: string, input: object, query = "", headers = {}): Promise<Response> {
  return fetch(`${url}/api/v1/operations/${operation}${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ credential: "main", input }),
  });
}

const TAGS = { opportunity_id: "o1", tags: ["a"] };

describe.each(["at the door", "record read"] as const)("a write whose credential's name goes to another one: %s", (moment) => {
  it.each([{}, { "idempotency-key": `key-${moment.replaceAll(" ", "-")}` }])(
    "stays with the account that is recorded: %j",
    async (headers) => {
      swapAt = moment;
      const answer = await run("add_opportunity_tags", TAGS, "", headers);
      expect([answer.status, swapAt]).toEqual([200, undefined]);
      expect((await server.services.credentials.resolve(access, "main")).id).toBe(ids.spare);
      expect(new Set(asked)).toEqual(new Set(["GET main", "POST main"]));
      const { meta } = (await answer.json()) as { meta: { requestId: string } };
      const records = await server.services.store.find("writes", "default", { limit: 100 });
      expect(records.find(({ requestId }) => requestId === meta.requestId)).toMatchObject({
        credential: ids.main,
        state: "done",
      });
    },
  );
});

describe.each(["at the door", "first page"] as const)("pages whose credential's name goes to another one: %s", (moment) => {
  it("all come from the account that was named", async () => {
    swapAt = moment;
    const text = await (await run("list_opportunities", {}, "?pages=all")).text();
    expect(swapAt).toBeUndefined();
    expect(asked).toEqual(["GET main", "GET main"]);
    expect(text).toContain('{"data":{"id":"main 2"}}');
    expect((await server.services.credentials.resolve(access, "main")).id).toBe(ids.spare);
  });
});

it("all pages of a command come from the account that was named, whose name goes to another one after the first", async () => {
  swapAt = "first page";
  const { out, code } = await runCli(["operations", "run", "list_opportunities", "--credential", "main", "--all", "--json"], {
    env,
  });
  expect([code, swapAt]).toEqual([0, undefined]);
  expect(asked).toEqual(["GET main", "GET main"]);
  expect(out).toContain('"main 2"');
});

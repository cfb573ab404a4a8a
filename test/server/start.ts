import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import request from "supertest";
import { readConfig } from "../../app/config.ts";
import type { Scope } from "../../app/scopes.ts";
import type { PlaygroundOptions } from "../../playground/index.ts";
import { reveal } from "../../sealing/secret.ts";
import type { Limits } from "../../server/http/admission.ts";
import { type RunningServer, startServer } from "../../server/main.ts";
import type { HookLimits } from "../../server/routes/hooks.ts";
import { accessTo } from "../support/access.ts";
import { type ReplyWatch, watchReplies } from "../support/watch-replies.ts";

export interface TestServer extends RunningServer {
  readonly dataDir: string;
  /** Every answer is held against what its route says; `close` fails where one is not so. */
  readonly replies: ReplyWatch;
  /** Lines of the log, as text. */
  readonly logged: string[];
  /** Makes a project with a key of it. */
  project(name: string, scopes?: readonly Scope[]): Promise<{ id: string; key: string }>;
  /** Makes a key of a project. */
  key(project: string, ...scopes: Scope[]): Promise<string>;
  /** One call of the API; a fresh address each time, so that no guess counts against another. */
  call(method: string, path: string, options?: CallOptions): Promise<Called>;
}

export interface CallOptions {
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests read answers of many shapes; the assertions are what types them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

export const ADMIN = "admin-token-of-the-tests";
let address = 0;

/** A whole server on free ports with a small playground and a folder of its own. */
export async function startTestServer({
  env = {},
  playground = {},
  dashboardDir = join(import.meta.dirname, "../fixtures/dashboard"),
  limits,
  hooks,
}: {
  env?: Record<string, string>;
  playground?: PlaygroundOptions;
  /** A small stand-in by default: what is built may be missing, or be built just now. */
  dashboardDir?: string;
  limits?: Limits;
  hooks?: HookLimits;
} = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), "lever-connector-"));
  const logged: string[] = [];
  const config = readConfig({ PORT: "0", PLAYGROUND_PORT: "0", DATA_DIR: dataDir, ADMIN_TOKEN: ADMIN, TRUST_PROXY: "1", ...env });
  const log = pino({ level: "debug", base: null }, { write: (line: string) => void logged.push(line) });
  const server = await startServer(config, {
    log,
    playground: { opportunities: 30, rateLimit: false, ...playground },
    dashboardDir,
    ...(limits && { limits }),
    ...(hooks && { hooks }),
  });
  const { apiKeys, projects } = server.services;
  const replies = watchReplies(Number(new URL(server.url).port));

  async function key(project: string, ...scopes: Scope[]): Promise<string> {
    return reveal((await apiKeys.create(accessTo(project), { name: "test", scopes })).key);
  }
  return {
    ...server,
    dataDir,
    replies,
    logged,
    key,
    async project(name, scopes = ["admin"]) {
      const { id } = await projects.create(name);
      return { id, key: await key(id, ...scopes) };
    },
    call: (method, path, options) => call(server.url, method, path, options),
    async close() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
      replies.end();
    },
  };
}

async function call(url: string, method: string, path: string, { key, body, headers = {} }: CallOptions = {}): Promise<Called> {
  address += 1;
  const sending = request(url)
    [method.toLowerCase() as "get"](path)
    .redirects(0)
    .ok(() => true)
    .set({ "x-forwarded-for": `10.0.${address >> 8}.${address & 255}`, ...headers })
    .buffer(true)
    .parse(asText);
  if (key !== undefined) sending.set("authorization", headers.authorization ?? `Bearer ${key}`);
  if (body !== undefined) {
    sending
      .set("content-type", headers["content-type"] ?? "application/json")
      .send(typeof body === "string" ? body : JSON.stringify(body));
  }
  const answer = await sending;
  const response = { status: answer.status, headers: new Headers(answer.headers as Record<string, string>) };
  const text = typeof answer.body === "string" ? answer.body : "";
  const isJson = /[/+]json$/.test((response.headers.get("content-type") ?? "").split(";")[0] ?? "");
  return { status: response.status, headers: response.headers, text, body: isJson && text !== "" ? JSON.parse(text) : undefined };
}

export function playgroundCredential(nickname: string): Record<string, unknown> {
  return { connector: "lever", nickname, environment: "playground", auth: { type: "api_key", apiKey: "playground" } };
}

/** A workflow that needs no input: it lists one opportunity with the credential of this name. */
export function playgroundWorkflow(name: string, credential = "mine alone"): Record<string, unknown> {
  const step = { id: "list", title: "List", kind: "operation", connector: "lever", operation: "list_opportunities" };
  return { name, title: "Lists one", trigger: { type: "api" }, steps: [{ ...step, credential, input: { limit: 1 } }] };
}

/** The body as it came: problems and NDJSON are looked at as text too. */
function asText(response: request.Response, done: (error: Error | null, body: string) => void): void {
  const stream = response as unknown as NodeJS.ReadableStream;
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
  });
  stream.on("end", () => done(null, text));
}

import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { SCOPES } from "../../app/scopes.ts";
import { createAjv } from "../../connector/validator.ts";
import { createShapes } from "../../server/http/shapes.ts";
import { allRoutes } from "../../server/routes/index.ts";
import { signIn } from "../server/sign-in.ts";
import { ADMIN, playgroundCredential, playgroundWorkflow, startTestServer, type TestServer } from "../server/start.ts";
import { until } from "../support/until.ts";
import { replyName } from "../support/watch-replies.ts";

const named = allRoutes.map((route) => [`${route.method} ${route.path}`, route] as const);

describe.each(named)("%s", (_name, { path, summary, query = {}, body, replies }) => {
  it("says in one sentence what it does, and what it answers", () => {
    expect(summary).toMatch(/^[A-Z][^\n]+\.$/);
    expect(replies.length).toBeGreaterThan(0);
    for (const { description } of Object.values(query)) expect(description).toMatch(/\.$/);
    for (const [, name] of path.matchAll(/:([^/]*)/g)) expect(name).toMatch(/^[a-z]\w*$/i);
  });

  it("has shapes that compile strictly", () => {
    const shapeOf = createShapes();
    const names = [
      ...(body ? [body] : []),
      ...replies.flatMap((reply) => ("shape" in reply ? reply.shape : "lines" in reply ? reply.lines : [])),
    ];
    for (const name of names) {
      const ajv = createAjv({ allErrors: true, validateSchema: true });
      expect(ajv.compile(shapeOf(name))).toBeInstanceOf(Function);
    }
  });
});

it("names the scopes of API keys as the server knows them", () => {
  const { properties } = createShapes()("api-key") as unknown as { properties: { scopes: { items: { enum: string[] } } } };
  expect([...properties.scopes.items.enum].sort()).toEqual(Object.keys(SCOPES).sort());
});

describe("every route", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server?.close());

  it("gives each reply that it says it gives", async () => {
    const api = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      server.call(method, `/api/v1${path}`, { key: ADMIN, body, ...(headers && { headers }) });
    await api("GET", "/connectors");
    const { headers } = await api("GET", "/connectors/lever");
    await api("GET", "/connectors/lever", undefined, { "if-none-match": String(headers.get("etag")) });
    const { id } = (await api("POST", "/credentials", playgroundCredential("contract"))).body;
    await api("GET", "/credentials?limit=1");
    await api("GET", `/credentials/${id}`);
    await api("PATCH", `/credentials/${id}`, { nickname: "contract 2" });
    await api("POST", `/credentials/${id}/test`);
    for (const part of ["test", "usage", "budget", "options/users?search=a&limit=5&refresh=true"])
      await api("GET", `/credentials/${id}/${part}`);
    const call = { credential: id, input: { limit: 5 } };
    await api("POST", "/operations/list_opportunities", call);
    await api("POST", "/operations/list_opportunities?dry_run=true", call);
    await api("POST", "/operations/list_opportunities?pages=all", call);
    const [opportunity] = server.playground?.playground.world.opportunityById.keys() ?? [];
    const [user] = server.playground?.playground.world.userById.keys() ?? [];
    const input = { opportunity_id: opportunity, tags: ["contract"], perform_as: user };
    await api("POST", "/operations/add_opportunity_tags", { credential: id, input });
    const [write] = (await api("GET", "/writes?limit=1")).body.data;
    await api("GET", `/writes/${write.id}`);
    for (const format of ["csv", "ndjson"]) await api("GET", `/writes?format=${format}`);
    const flow = (await api("POST", "/workflows", playgroundWorkflow("contract", "contract 2"))).body.id;
    const { definition } = (await api("GET", `/workflows/${flow}`)).body;
    await api("PUT", `/workflows/${flow}?version=1`, {
      ...definition,
      title: "Changed",
      steps: [waitsFor("yes"), ...definition.steps],
    });
    await api("POST", "/workflows/check", definition);
    const recipe = {
      connector: "lever",
      recipe: "tag-hygiene-sweep",
      inputs: { credential: "contract 2", tags: ["Old"], performAs: user },
    };
    await api("POST", "/workflows/from-recipe", recipe);
    await api("GET", "/workflows");
    await api("POST", `/workflows/${flow}/dry-run`, {});
    await api("POST", "/workflows/dry-run", { definition });
    await api("POST", `/workflows/${flow}/preview`, { step: "list" });
    for (const path of ["check", "publish", "pause", "resume"]) await api("POST", `/workflows/${flow}/${path}`);
    for (const path of ["versions", "diff?from=1&to=draft"]) await api("GET", `/workflows/${flow}/${path}`);
    await api("POST", `/workflows/${flow}/rollback`, { version: 1 });
    const started = (await api("POST", `/workflows/${flow}/runs`, {})).body.id;
    await api("POST", `/workflows/${flow}/runs?wait=1`, {});
    const of = `/runs/${started}`;
    await until(async () => (await api("GET", of)).body.status === "waiting");
    await api("POST", "/forget", { email: "nobody@example.com" });
    await api("GET", "/forget");
    await api("POST", `${of}/approve`, { note: "fine" });
    await api("GET", `${of}/events`);
    await api("POST", `${of}/reveal`, { reason: "contract" });
    await api("GET", `${of}/reveals`);
    const second = (await api("POST", `${of}/again`)).body.id;
    await until(async () => (await api("GET", `/runs/${second}`)).body.status === "waiting");
    await api("POST", `/runs/${second}/decline`, {});
    await until(async () => (await api("GET", `/runs/${second}`)).body.status === "cancelled");
    await api("POST", `/runs/${second}/retry`, {});
    await api("POST", `/runs/${second}/cancel`);
    await api("GET", `/runs?workflow=contract&status=succeeded`);
    await api("PUT", `/workflows/${flow}`, definition);
    await api("POST", `/workflows/${flow}/publish`);
    await api("POST", `/workflows/${flow}/runs?wait=20`, {});
    await api("DELETE", `/workflows/${flow}`);
    await api("POST", `/credentials/${id}/reconnect`, { auth: { type: "api_key", apiKey: "playground" } });
    await api("DELETE", `/credentials/${id}`);
    const destination = (await api("POST", "/destinations", { name: "contract", url: `${server.playground?.url}/inbox` })).body;
    await api("GET", "/destinations?search=contract");
    await api("GET", "/destinations/contract/usage");
    await api("PATCH", `/destinations/${destination.id}`, { name: "contract 2" });
    await api("POST", `/destinations/${destination.id}/test`);
    await api("GET", "/destinations/contract 2");
    await api("POST", `/destinations/${destination.id}/rotate`, { keepSeconds: 60 });
    await server.services.destinations.send(
      { project: "default", actor: "test" },
      { destination: destination.id, id: "contract", body: 1 },
    );
    await api("GET", `/destinations/${destination.id}/deliveries?limit=5`);
    await api("DELETE", `/destinations/${destination.id}`);
    await api("GET", "/presets");
    const endpoint = (await api("POST", "/endpoints", { name: "contract", preset: "hmac" })).body;
    await api("GET", "/endpoints?search=contract");
    for (const part of ["", "/usage"]) await api("GET", `/endpoints/contract${part}`);
    await api("PATCH", "/endpoints/contract", { name: "contract 2" });
    const signature = createHmac("sha256", endpoint.secret).update("{}").digest("hex");
    await server.call("POST", `/hooks/${endpoint.id}`, { headers: { "x-signature": signature }, body: "{}" });
    await api("POST", `/endpoints/${endpoint.id}/rotate`, { keepSeconds: 60 });
    const delivered = async () => (await api("GET", `/deliveries?endpoint=${endpoint.id}&limit=5`)).body.data;
    await until(async () => (await delivered())[0].state === "done");
    const [{ id: delivery }] = await delivered();
    await api("GET", `/deliveries/${delivery}`);
    await api("POST", `/deliveries/${delivery}/replay`);
    await api("POST", "/deliveries/replay", { from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T00:00:01.000Z" });
    await api("DELETE", `/endpoints/${endpoint.id}`);
    const key = (await api("POST", "/api-keys", { name: "contract", scopes: ["operations:read"] })).body;
    await api("GET", "/api-keys");
    await api("DELETE", `/api-keys/${key.id}`);
    const project = (await api("POST", "/projects", { name: "contract" })).body;
    await api("GET", `/projects/${project.id}`);
    await api("PATCH", `/projects/${project.id}`, { name: "contract 2" });
    await api("DELETE", `/projects/${project.id}`);
    await api("GET", "/projects");
    await api("PUT", "/settings/oauth-apps/sandbox", { clientId: "id", clientSecret: "secret" });
    await api("GET", "/settings/oauth-apps");
    await api("DELETE", "/settings/oauth-apps/sandbox");
    await api("GET", "/settings/scopes");
    await api("GET", "/settings/keys");
    await api("POST", "/settings/keys/rotate", { newKey: false });
    await api("POST", "/access-links");
    const { cookie, csrf } = await signIn(server);
    await server.call("GET", "/session", { headers: { cookie } });
    const own = { cookie, "x-csrf-token": csrf };
    await server.call("POST", "/session/project", { headers: own, body: { project: "default" } });
    await server.call("POST", "/sign-out", { headers: own });
    await server.call("GET", "/healthz");
    await server.call("GET", "/readyz");
    const told = allRoutes.flatMap((route) => route.replies.map((reply) => replyName(route, reply)));
    // A server that shuts down answers it (stopping.test.ts).
    expect([...server.replies.met].sort()).toEqual(told.filter((name) => name !== "GET /readyz 503 health").sort());
  }, 60_000);
});

function waitsFor(message: string) {
  return { id: "ask", title: "Ask", kind: "approval", message };
}

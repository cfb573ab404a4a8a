import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadConnectors } from "../../connector/connectors.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import { accessTo } from "../support/access.ts";
import { QUILL_KEY, type Quill, startQuill } from "../support/quill.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

const CONNECTORS_DIR = join(import.meta.dirname, "../fixtures/connectors");

let quill: Quill;
let server: TestServer;
let id: string;

beforeAll(async () => {
  quill = await startQuill();
  const file = join(mkdtempSync(join(tmpdir(), "lever-connector-")), "environments.json");
  writeFileSync(file, JSON.stringify({ notebook: { connector: "quill", api: quill.api, title: "Notebook" } }));
  server = await startTestServer({ env: { CONNECTORS_DIR, ENVIRONMENTS_FILE: file } });
  id = (await add({ nickname: "notes" })).body.id;
});
afterAll(async () => {
  await server.close();
  await quill.close();
});

function add(change: Record<string, unknown>) {
  const auth = { type: "api_key", apiKey: QUILL_KEY };
  const body = { connector: "quill", nickname: `n${Math.random()}`, environment: "notebook", auth, ...change };
  return server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
}

const run = (operation: string, credential: string, input: unknown, query = "") =>
  server.call("POST", `/api/v1/operations/${operation}${query}`, { key: ADMIN, body: { credential, input } });

describe("a connector of CONNECTORS_DIR", () => {
  it("stands in the list of connectors with its environments, and has a page of its own", async () => {
    const { body } = await server.call("GET", "/api/v1/connectors", { key: ADMIN });
    expect(body.data.map((one: { id: string; name: string }) => [one.id, one.name])).toEqual([
      ["lever", "Lever"],
      ["quill", "Quill"],
    ]);
    expect(body.data[1].environments).toEqual({ production: "Production", notebook: "Notebook" });
    expect(Object.keys(body.data[0].environments)).not.toContain("notebook");
    const page = await server.call("GET", "/api/v1/connectors/quill", { key: ADMIN });
    expect(page.body.operations.create_tag.input.properties.name.type).toBe("string");
    expect((await server.call("GET", "/api/v1/connectors/other", { key: ADMIN })).status).toBe(404);
  });

  it("is signed for as it says, and its test speaks of it by its name and of no user", async () => {
    const report = (await server.call("POST", `/api/v1/credentials/${id}/test`, { key: ADMIN })).body;
    expect(report).toMatchObject({ usable: true, code: "ok" });
    expect(report.checks[0]).toEqual({ id: "signature", state: "pass", message: "Quill accepts it" });
    expect(report.checks.map((line: { id: string }) => line.id)).not.toContain("perform_as");
    expect(quill.seen.at(-1)?.authorization).toBe(`Bearer ${QUILL_KEY}`);
  });

  it("takes a key with a colon, since it becomes no user name, and shows what its service said about it", async () => {
    const { body } = await add({ auth: { type: "api_key", apiKey: "a:b" } });
    expect(quill.seen.length).toBeGreaterThan(0);
    const answer = await run("create_tag", body.id, { name: "x" });
    expect(answer).toMatchObject({ status: 424, body: { code: "credential_rejected" } });
    expect(answer.body.upstream).toEqual({ status: 401, code: "unauthorized", message: "This key is not known." });
  });

  it("runs an operation whose name another connector has too: the credential decides", async () => {
    const lever = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("of Lever") });
    const [ours, theirs] = [await run("list_tags", id, { per_page: 1 }), await run("list_tags", lever.body.id, { limit: 1 })];
    expect(ours.body.output).toMatchObject({ data: [{ id: "tag_1", name: "Archive" }], page: 1, pages: expect.any(Number) });
    expect(theirs.body.output).toMatchObject({ hasNext: true });
    expect((await run("list_tags", id, { limit: 1 })).body).toMatchObject({
      code: "input_invalid",
      errors: [{ pointer: "/limit" }],
    });
    for (const [operation, credential] of [
      ["create_tag", lever.body.id],
      ["list_stages", id],
    ])
      expect((await run(operation, credential, { name: "x" })).body.code).toMatch(/not_found|input_invalid/);
    expect((await run("list_stages", id, {})).body).toMatchObject({ code: "not_found" });
  });

  it("reads its pages by number to the end, and from a page on", async () => {
    const count = quill.tags.length;
    const lines = (text: string) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    const whole = lines((await run("list_tags", id, { per_page: 2 }, "?pages=all")).text);
    expect(whole.filter((line) => "data" in line).map(({ data }) => data.name)).toEqual(quill.tags.map(({ name }) => name));
    expect(whole.find((line) => "cursor" in line)).toEqual({ cursor: "2", count: 2 });
    expect(whole.at(-1)).toEqual({ done: true, count });
    const rest = lines((await run("list_tags", id, { per_page: 2, page: 2 }, "?pages=all")).text);
    expect(rest.at(-1)).toEqual({ done: true, count: count - 2, from: "cursor" });
  });

  it("offers its pick list, and creates by it", async () => {
    const { body } = await server.call("GET", `/api/v1/credentials/${id}/options/tags?search=draft`, { key: ADMIN });
    expect(body.data).toEqual([{ value: "tag_2", label: "Drafts", detail: "blue" }]);
    expect((await server.call("GET", `/api/v1/credentials/${id}/options/stages`, { key: ADMIN })).status).toBe(404);
    const created = await run("create_tag", id, { name: "Below", parent_id: "tag_2" });
    expect(created.body.output.data).toMatchObject({ name: "Below", parent_id: "tag_2" });
    expect((await run("create_tag", id, { name: "x", parent_id: "tag_99" })).body).toMatchObject({
      code: "upstream_not_found",
      upstream: { status: 404, code: "no_such_tag" },
    });
  });

  it("refuses what its service does not have: a consent, a user for writes, another connector's environment", async () => {
    const issue = async (change: Record<string, unknown>) => {
      const { body } = await add(change);
      return [body.code, body.errors?.[0]?.pointer];
    };
    expect(await issue({ auth: { type: "oauth2" } })).toEqual(["conflict", undefined]);
    const app = { clientId: "client", clientSecret: "secret-of-the-client" };
    const saved = await server.call("PUT", "/api/v1/settings/oauth-apps/notebook?connector=quill", { key: ADMIN, body: app });
    expect(saved.body).toMatchObject({ code: "conflict", detail: expect.stringContaining("Quill offers no OAuth") });
    expect(await issue({ defaultPerformAs: "user-1" })).toEqual(["input_invalid", "/defaultPerformAs"]);
    expect((await add({ environment: "playground" })).body.code).toBe("environment_unknown");
    expect((await add({ connector: "other" })).body.errors[0]).toMatchObject({ pointer: "/connector", keyword: "enum" });
  });

  it("asks for no OAuth app where it has no OAuth", async () => {
    const { body } = await server.call("GET", "/api/v1/settings/oauth-apps", { key: ADMIN });
    expect(new Set(body.data.map((app: { connector: string }) => app.connector))).toEqual(new Set(["lever"]));
  });

  it("is missed clearly once its folder is gone: its credentials are listed, and say which connector they are for", async () => {
    const { connectors, credentials } = server.services;
    expect(() => loadConnectors().of("quill")).toThrow("There is no connector quill; known are lever");
    expect(connectors.of("quill").manifest.name).toBe("Quill");
    expect((await credentials.get(accessTo("default"), id)).connector).toBe("quill");
  });
});

describe("a folder of connectors that is not usable", () => {
  function refusal(change: (folder: string) => void): { code: string; message: string } {
    const dir = mkdtempSync(join(tmpdir(), "lever-connector-dir-"));
    cpSync(CONNECTORS_DIR, dir, { recursive: true });
    change(dir);
    try {
      loadConnectors({ dir });
    } catch (error) {
      if (isConnectorError(error)) return error;
      throw error;
    }
    throw new Error("it was accepted");
  }

  function edit(dir: string, file: string, change: (json: Record<string, unknown>) => void): void {
    const json = JSON.parse(readFileSync(join(dir, file), "utf8"));
    change(json);
    writeFileSync(join(dir, file), JSON.stringify(json));
  }

  it("names file and place of what its manifest's schema refuses", () => {
    const { code, message } = refusal((dir) =>
      edit(dir, "quill/manifest.json", (json) => Object.assign(json, { pagination: { style: "tides" } })),
    );
    expect(code).toBe("manifest_invalid");
    expect(message).toMatch(/CONNECTORS_DIR: quill\/manifest\.json does not match its schema: \/pagination/);
  });

  it("names what leads nowhere in a manifest that matches its schema", () => {
    const { message } = refusal((dir) =>
      edit(dir, "quill/manifest.json", (json) =>
        Object.assign(json.check as object, { probe: { operation: "list_stars", input: {} } }),
      ),
    );
    expect(message).toContain("CONNECTORS_DIR: quill/manifest.json is not valid: /check/probe/operation is not an operation");
  });

  it("names a schema's file that is no JSON", () => {
    const { message } = refusal((dir) => writeFileSync(join(dir, "quill/schemas/resources/tag.json"), "{"));
    expect(message).toContain("quill/schemas/resources/tag.json cannot be read as JSON");
  });

  it("refuses an id that is there twice, the built-in one included", () => {
    expect(refusal((dir) => cpSync(join(dir, "quill"), join(dir, "copy"), { recursive: true }))).toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("two connectors have the id quill"),
    });
    expect(refusal((dir) => edit(dir, "quill/manifest.json", (json) => Object.assign(json, { id: "lever" }))).message).toContain(
      "two connectors have the id lever",
    );
  });

  it("is refused where it cannot be read, and ignores folders without a manifest", () => {
    expect(() => loadConnectors({ dir: "/nowhere/at/all" })).toThrow("CONNECTORS_DIR: cannot be read as a folder");
    const dir = mkdtempSync(join(tmpdir(), "lever-connector-dir-"));
    mkdirSync(join(dir, "notes"));
    expect(loadConnectors({ dir }).all).toHaveLength(1);
  });
});

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadConnectors } from "../../connector/connectors.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import { CONNECTORS_DIR } from "../support/json-schemas.ts";
import { QUILL_KEY, type Quill, startQuill } from "../support/quill.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

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
});

describe("a credential whose connector's folder is gone", () => {
  let without: TestServer;
  const call = (method: string, path: string, body?: unknown) => without.call(method, `/api/v1/${path}`, { key: ADMIN, body });

  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "lever-connector-data-"));
    const file = join(dataDir, "environments.json");
    writeFileSync(file, JSON.stringify({ notebook: { connector: "quill", api: quill.api } }));
    const before = await startTestServer({ env: { DATA_DIR: dataDir, CONNECTORS_DIR, ENVIRONMENTS_FILE: file } });
    const auth = { type: "api_key", apiKey: QUILL_KEY };
    const body = { connector: "quill", nickname: "notes", environment: "notebook", auth };
    await before.call("POST", "/api/v1/credentials", { key: ADMIN, body });
    await before.close();
    without = await startTestServer({ env: { DATA_DIR: dataDir } });
  });
  afterAll(() => without.close());

  it("is listed, and says which connector it is for", async () => {
    expect((await call("GET", "credentials")).body.data).toMatchObject([{ nickname: "notes", connector: "quill" }]);
    expect((await call("GET", "credentials/notes")).body).toMatchObject({ connector: "quill", environment: "notebook" });
  });

  it.each([
    ["that no other connector has", "create_tag", { name: "x" }],
    ["that another connector has too", "list_tags", {}],
    ["that another connector has, with an input that this one would refuse", "list_tags", { per_page: 2 }],
    ["that only another connector has", "list_stages", {}],
    ["that another connector has, for a write", "create_opportunity", { perform_as: "8d49b010-cc6a-4f40-ace5-e86061c677ed" }],
  ])("answers connector_unknown for an operation %s, dry or not", async (_, operation, input) => {
    const count = quill.seen.length;
    for (const query of ["", "?dry_run=true"])
      expect(await call("POST", `operations/${operation}${query}`, { credential: "notes", input })).toMatchObject({
        status: 422,
        body: { code: "connector_unknown", detail: "There is no connector quill; known are lever" },
      });
    expect(quill.seen).toHaveLength(count);
  });

  it("says so for its pick lists and its test too, and can be renamed and deleted", async () => {
    const problem = { status: 422, body: { code: "connector_unknown" } };
    expect(await call("GET", "credentials/notes/options/tags")).toMatchObject(problem);
    expect(await call("POST", "credentials/notes/test")).toMatchObject(problem);
    expect((await call("PATCH", "credentials/notes", { nickname: "old notes" })).status).toBe(200);
    expect((await call("DELETE", "credentials/old%20notes")).status).toBe(204);
  });
});

it("an environment of a connector that is not there stops the start, naming the entry and what to do", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "lever-connector-")), "environments.json");
  writeFileSync(file, JSON.stringify({ notebook: { connector: "quill", api: quill.api } }));
  await expect(startTestServer({ env: { ENVIRONMENTS_FILE: file } })).rejects.toMatchObject({
    code: "config_invalid",
    message:
      'ENVIRONMENTS_FILE: /notebook/connector is "quill", but there is no such connector; known are lever. Put its folder into CONNECTORS_DIR, or remove the entry',
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

  it.each([
    ["a manifest", "quill/manifest.json", '{\n  "id": "quill",\n}', "line 3, column 1"],
    ["a schema", "quill/schemas/resources/tag.json", "{", "line 1, column 2"],
  ])("names file, line and column of %s that is no JSON", (_, file, text, place) => {
    const { code, message } = refusal((dir) => writeFileSync(join(dir, file), text));
    expect([code, message]).toEqual(["manifest_invalid", expect.stringContaining(`${file} is not JSON: ${place}`)]);
  });

  it("names a schema's file and the place in it that is no schema", () => {
    const { message } = refusal((dir) =>
      edit(dir, "quill/schemas/operations/create_tag.json", (json) =>
        Object.assign(json, { properties: { name: { type: "txt" } } }),
      ),
    );
    expect(message).toContain(
      "CONNECTORS_DIR: quill/schemas/operations/create_tag.json is not valid: /properties/name/type must",
    );
  });

  it("names a schema's file that is not there, and who asks for it", () => {
    const { message } = refusal((dir) => rmSync(join(dir, "quill/schemas/resources/tag.json")));
    const missing = "quill/schemas/resources/tag.json cannot be read: there is no such file";
    expect(message).toContain(`: /operations/list_tags/output ${missing}; /operations/create_tag/output ${missing}`);
  });

  it("names the file whose reference leads nowhere", () => {
    const { message } = refusal((dir) =>
      edit(dir, "quill/schemas/operations/create_tag.json", (json) =>
        Object.assign((json.properties as { name: object }).name, { $ref: "../resources/tag.json#/properties/title" }),
      ),
    );
    expect(message).toContain(
      "/operations/create_tag/input a reference in schemas/operations/create_tag.json leads nowhere: ../resources/tag.json#/properties/title",
    );
  });

  it("names each file that is missing where there are no schemas at all", () => {
    const { code, message } = refusal((dir) => rmSync(join(dir, "quill/schemas"), { recursive: true }));
    expect(code).toBe("manifest_invalid");
    expect(message).toContain(
      "/operations/list_tags/input quill/schemas/operations/list_tags.json cannot be read: there is no such file",
    );
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

  it("is refused where it cannot be read", () => {
    expect(() => loadConnectors({ dir: "/nowhere/at/all" })).toThrow("CONNECTORS_DIR: cannot be read as a folder");
  });

  it("is refused where a folder in it has no manifest, which a misspelt name would hide; files and hidden folders may lie there", () => {
    const dir = mkdtempSync(join(tmpdir(), "lever-connector-dir-"));
    writeFileSync(join(dir, "README.md"), "Our connectors");
    mkdirSync(join(dir, ".git"));
    symlinkSync(join(CONNECTORS_DIR, "quill"), join(dir, "quill"));
    expect(loadConnectors({ dir }).all.map(({ manifest }) => manifest.id)).toEqual(["lever", "quill"]);
    for (const add of [() => mkdirSync(join(dir, "notes")), () => symlinkSync(join(dir, "gone"), join(dir, "notes"))]) {
      add();
      expect(() => loadConnectors({ dir })).toThrow(
        "CONNECTORS_DIR: notes/ has no manifest.json; add it, or move the folder elsewhere",
      );
      rmSync(join(dir, "notes"), { recursive: true });
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { Secret } from "../../sealing/secret.ts";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { accessTo } from "../support/access.ts";
import { addByConsent, addByKey, beginCredential } from "./support/credential-steps.ts";
import { findBarriers } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

let dashboard: OpenDashboard;
beforeAll(async () => {
  dashboard = await openDashboard();
}, 60_000);
afterAll(() => dashboard?.close());

/** A credential made by the API, and its page. */
async function openCredential(nickname: string) {
  const { body } = await dashboard.server.call("POST", "/api/v1/credentials", {
    key: ADMIN,
    body: playgroundCredential(nickname),
  });
  const opened = await dashboard.signIn(`/credentials/${body.id}`);
  await opened.page.getByRole("heading", { level: 1, name: nickname }).waitFor();
  return { ...opened, id: body.id as string };
}

async function read(id: string) {
  return (await dashboard.server.call("GET", `/api/v1/credentials/${id}`, { key: ADMIN })).body;
}

async function patch(id: string, change: Record<string, unknown>): Promise<void> {
  await dashboard.server.call("PATCH", `/api/v1/credentials/${id}`, { key: ADMIN, body: change });
}

async function look(page: Page, name: string): Promise<void> {
  expect(await findBarriers(page)).toEqual([]);
  expect(await overflowWhenNarrow(page)).toBe(0);
  await takeScreenshots(page, name);
}

describe("from the first start to a tested credential", () => {
  it("begins with an empty list that says what to do", async () => {
    const { page, complaints } = await dashboard.signIn("/credentials");
    await page.getByRole("heading", { name: "No credential yet" }).waitFor();
    await look(page, "credentials-empty");
    await page.getByRole("button", { name: "Add the first credential" }).click();
    await page.getByText("Permissions requested", { exact: true }).waitFor();
    await look(page, "credential-add-consent");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("goes by consent: from the listing to Lever, and back to a credential with its report", async () => {
    const { page, complaints } = await dashboard.signIn("/marketplace/lever");
    await page.getByRole("link", { name: "Add credential" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Add a credential" });
    await dialog.getByLabel("Nickname").fill("By consent");
    const asked = dialog.getByRole("list", { name: "Scopes requested" });
    expect(await asked.innerText()).toContain("opportunities:write:admin");
    expect(await dialog.innerText()).toContain(new URL(dashboard.server.playground?.url ?? "").host);
    await dialog.getByRole("button", { name: "Continue to Lever" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Lever is connected").waitFor();
    await page.getByText("Usable", { exact: true }).waitFor();
    expect(new URL(page.url()).search).toBe("");
    const lines = await page.getByRole("list", { name: "What was tested" }).innerText();
    expect(lines).toMatch(/Passed\s+Key or token\. Lever accepts it/);
    expect(lines).toMatch(/Passed\s+Perform as\. The default user exists and is active/);
    expect(await page.getByRole("list", { name: "Granted scopes" }).innerText()).toContain("See the tags in use");
    await look(page, "credential-connected");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "By consent" }).waitFor();
    await page.getByText(/^Passed just now/).waitFor();
    expect(await page.getByRole("list", { name: "What was tested" }).innerText()).toBe(lines);
    expect(await page.getByText("Lever is connected").count()).toBe(0);
    expect(complaints).toEqual([]);
  }, 60_000);

  it("goes by API key: hidden as it is typed, tested at once", async () => {
    const { page, complaints } = await dashboard.signIn();
    await beginCredential(page, "By key", "API key");
    const key = page.getByRole("textbox", { name: "API key" });
    expect(await key.getAttribute("type")).toBe("password");
    await key.fill("playground");
    await page.getByRole("button", { name: "Show the key" }).click();
    expect(await key.getAttribute("type")).toBe("text");
    await page.getByRole("button", { name: "Save and test" }).click();
    await page.getByText("The credential works; one thing to look at.").first().waitFor();
    await page.getByText("What to do: Set a default user").waitFor();
    await look(page, "credential-added");
    await page.getByRole("link", { name: "Open the credential" }).click();
    await page.getByText("Passed").first().waitFor();
    expect(await page.content()).not.toContain('value="playground"');
    expect(complaints).toEqual([]);
  }, 60_000);

  it("a key that Lever refuses is saved all the same, and the report says who has to act", async () => {
    const { page } = await dashboard.signIn();
    await beginCredential(page, "Wrong key", "API key");
    await page.getByRole("textbox", { name: "API key" }).fill("nonsense");
    await page.getByRole("button", { name: "Save and test" }).click();
    await page.getByText("Not usable", { exact: true }).waitFor();
    const dialog = await page.getByRole("dialog", { name: "Credential saved, but it does not work yet" }).innerText();
    expect(dialog).toMatch(/Who can fix it\. The credential:/);
    expect(dialog).toMatch(/Failed\s+Key or token\./);
    expect(dialog).toContain("What to do: Check the key or connect again");
    await page.getByRole("link", { name: "Open the credential" }).click();
    await page.getByRole("heading", { name: "Reconnect required" }).waitFor();
    await page.getByText("Lever rejected this API key.").waitFor();
    expect(await page.getByText("any more").count()).toBe(0);
    await look(page, "credential-refused");
  }, 60_000);

  it("a key that Lever refuses is corrected where it was typed", async () => {
    const { page, complaints } = await dashboard.signIn();
    await beginCredential(page, "Corrected key", "API key");
    await page.getByRole("textbox", { name: "API key" }).fill("nonsense");
    await page.getByRole("button", { name: "Save and test" }).click();
    await page.getByText("Not usable", { exact: true }).waitFor();
    await look(page, "credential-correct-key");
    await page.getByRole("textbox", { name: "Another API key" }).fill("nonsense-too");
    await page.getByRole("button", { name: "Save this key and test it" }).click();
    await page.getByText("Not usable", { exact: true }).waitFor();
    await page.getByRole("textbox", { name: "Another API key" }).fill("playground");
    await page.getByRole("button", { name: "Save this key and test it" }).click();
    await page.getByRole("dialog", { name: "Credential added" }).getByText("Usable", { exact: true }).waitFor();
    expect(await page.getByRole("textbox", { name: "Another API key" }).count()).toBe(0);
    await page.getByRole("link", { name: "Open the credential" }).click();
    await page.getByRole("heading", { level: 1, name: "Corrected key" }).waitFor();
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    expect((await read(id)).status).toBe("healthy");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("forgets what was wrong when something else is chosen, and calls nothing wrong before it was sent", async () => {
    const { page } = await dashboard.signIn("/credentials?add");
    const dialog = page.getByRole("dialog");
    const red = () => dialog.locator("[data-error], [aria-invalid=true]").count();
    await page.getByRole("radio", { name: /^Production/ }).check();
    await page.getByLabel("Nickname").fill("changed my mind");
    await page.getByRole("button", { name: "Continue to Lever" }).click();
    await dialog.getByText("What oauth_app_missing means").waitFor();
    await page.getByRole("radio", { name: /^API key/ }).check();
    await dialog.getByRole("textbox", { name: "API key" }).waitFor();
    expect(await dialog.getByRole("alert").count()).toBe(0);
    expect(await dialog.getByText("Paste the key.").count()).toBe(0);
    expect(await red()).toBe(0);
    await page.getByRole("button", { name: "Save and test" }).click();
    await dialog.getByText("Paste the key.").waitFor();
    await page.getByRole("radio", { name: /^Playground/ }).check();
    expect(await dialog.getByText("Paste the key.").count()).toBe(0);
    // One field's fault is still one when another is corrected.
    await page.getByLabel("Nickname").fill("");
    expect(await red()).toBe(0);
    await page.getByRole("button", { name: "Save and test" }).click();
    await dialog.getByText("Paste the key.").waitFor();
    await page.getByLabel("Nickname").fill("x");
    expect(await dialog.getByText("Give it a name that your team recognises.").count()).toBe(0);
    expect(await dialog.getByText("Paste the key.").count()).toBe(1);
  }, 60_000);

  it("refuses what is missing or taken at the field, and keeps what was typed", async () => {
    const { page } = await dashboard.signIn("/credentials?add");
    const save = page.getByRole("button", { name: "Save and test" });
    await page.getByRole("radio", { name: /^API key/ }).check();
    await save.click();
    await page.getByText("Give it a name that your team recognises.").waitFor();
    await page.getByText("Paste the key.").waitFor();
    await page.keyboard.type("Wrong key");
    expect(await page.getByLabel("Nickname").inputValue()).toBe("Wrong key");
    await page.getByRole("textbox", { name: "API key" }).fill("typed-once");
    await save.click();
    await page.getByText("This is the nickname of another credential.").waitFor();
    await page.locator('input[placeholder="Lever production"]:focus').waitFor();
    expect(await page.getByRole("textbox", { name: "API key" }).inputValue()).toBe("typed-once");
  }, 60_000);

  it("says what is to be set up before a consent can be had, and leads there", async () => {
    const { page } = await dashboard.signIn("/credentials?add");
    await page.getByRole("radio", { name: /^Production/ }).check();
    await page.getByText("No OAuth app is set up for Production").waitFor();
    await page.getByLabel("Nickname").fill("too early");
    await page.getByRole("button", { name: "Continue to Lever" }).click();
    await page.getByText("What oauth_app_missing means").waitFor();
    await look(page, "credential-add-app-missing");
    await page.getByRole("alert").getByRole("link", { name: "Set up the OAuth app" }).last().click();
    await page.waitForURL("**/settings/oauth-apps");
  }, 60_000);

  it("can be gone by keyboard alone", async () => {
    const { page, complaints } = await dashboard.signIn("/credentials");
    const add = page.getByRole("button", { name: "Add credential" });
    await add.waitFor();
    await add.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.locator('input[placeholder="Lever production"]:focus').waitFor();
    await page.keyboard.type("By keyboard");
    await page.keyboard.press("Tab"); // the environment
    await page.keyboard.press("Tab"); // the way to sign in
    await page.keyboard.press("ArrowRight");
    await page.getByRole("textbox", { name: "API key" }).waitFor();
    await page.keyboard.press("Tab"); // fill the key in
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab"); // the key
    await page.keyboard.press("Enter");
    await page.getByText("Usable", { exact: true }).waitFor();
    await page.keyboard.press("Enter"); // to the credential
    await page.getByRole("heading", { level: 1, name: "By keyboard" }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("gives the focus back where the dialog was opened", async () => {
    const { page } = await dashboard.signIn("/credentials");
    const add = page.getByRole("button", { name: "Add credential" });
    await add.click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.locator("button:focus", { hasText: "Add credential" }).waitFor();
    expect(new URL(page.url()).search).toBe("");
  }, 60_000);
});

describe("an installation with environments of its own and a large account", () => {
  let other: OpenDashboard;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "environments-"));
    const file = join(folder, "environments.json");
    const url = "https://lever.staging.example";
    const staging = { api: `${url}/v1`, authorize: `${url}/authorize`, token: `${url}/token`, audience: `${url}/v1/` };
    writeFileSync(file, JSON.stringify({ staging }));
    other = await openDashboard({ env: { ENVIRONMENTS_FILE: file }, playground: { users: 1400 } }, dashboard);
  }, 60_000);
  afterAll(async () => {
    await other?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("offers its environments, and says where they lead", async () => {
    const { page } = await other.signIn("/credentials?add");
    await page.getByText("Set up for this installation. Calls go to lever.staging.example.").waitFor();
    await page.getByRole("radio", { name: /^staging/i }).check();
    await page.getByText(/^No OAuth app is set up for staging/i).waitFor();
  }, 60_000);

  it("finds a user that is beyond what one answer of the pick list holds", async () => {
    const { page } = await other.signIn();
    await addByKey(page, "many users");
    const rows = other.server.playground?.playground.world.users.rows ?? [];
    const listed = (await other.server.call("GET", "/api/v1/credentials/many%20users/options/users", { key: ADMIN })).body;
    const values = new Set(listed.data.map(({ value }: { value: string }) => value));
    expect(listed.count).toBeGreaterThan(values.size);
    const far = rows.find(({ id, deactivatedAt }) => deactivatedAt === null && !values.has(id));
    const user = page.getByRole("combobox", { name: "Lever user" });
    await user.click();
    await page.getByText(/\d more: type a part of the name/).waitFor();
    await user.fill(far?.email ?? "");
    await page.getByRole("option", { name: `${far?.name} ${far?.email}` }).click();
    expect(await user.inputValue()).toBe(far?.name);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Save", exact: true }).waitFor({ state: "detached" });
    await page.reload();
    await page.getByText(far?.email ?? "").waitFor();
    expect(await user.inputValue()).toBe(far?.name);
  }, 60_000);
});

describe("the list of credentials", () => {
  it("is searched and filtered, and says where nothing matches", async () => {
    const { page, complaints } = await dashboard.signIn("/credentials");
    await page.getByRole("link", { name: "By consent" }).waitFor();
    await look(page, "credentials");
    await page.getByRole("searchbox").fill("ｂｙ KE\u0301Y");
    await page.getByText("2 found", { exact: true }).waitFor();
    await page.getByRole("combobox", { name: "Status" }).click();
    await page.getByRole("option", { name: "Reconnect required" }).click();
    await page.getByText("No credential matches").waitFor();
    await page.getByRole("button", { name: "Show all credentials" }).click();
    await page.getByText("5 credentials", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("goes on by page, and finds what is on none that is shown", async () => {
    const { id: project } = await dashboard.server.project("many");
    const { credentials } = dashboard.server.services;
    for (let n = 0; n < 103; n++) {
      const auth = { type: "api_key", apiKey: new Secret("playground") } as const;
      await credentials.create(accessTo(project), { nickname: `number ${n}`, environment: "playground", auth });
    }
    const { page } = await dashboard.signIn();
    const { csrfToken } = (await page.evaluate("fetch('/session').then((answer) => answer.json())")) as { csrfToken: string };
    const chosen = await page.request.post("/session/project", { data: { project }, headers: { "x-csrf-token": csrfToken } });
    expect(chosen.status()).toBe(200);
    await page.goto("/credentials");
    await page.getByText("100 shown, there are more").waitFor();
    // Behind the first page: the server looks for it.
    await page.getByRole("searchbox").fill("number 102");
    await page.getByRole("link", { name: "number 102" }).waitFor();
    await page.getByText("1 found", { exact: true }).waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("button", { name: "Show more credentials" }).click();
    await page.getByText("103 credentials", { exact: true }).waitFor();
    expect(await page.getByRole("table").getByRole("link").count()).toBe(103);

    // By status and environment the server looks too: of the first hundred none is so.
    const auth = { type: "api_key", apiKey: new Secret("playground") } as const;
    const { id } = await credentials.create(accessTo(project), { nickname: "elsewhere", environment: "sandbox", auth });
    await credentials.setStatus(accessTo(project), id, "reauth_required");
    const filters = {
      Environment: ["Sandbox", "Any environment"],
      Status: ["Reconnect required", "Any status"],
    } as const;
    for (const [filter, [option, any]] of Object.entries(filters)) {
      await page.reload();
      await page.getByText("100 shown, there are more").waitFor();
      await page.getByPlaceholder(any).click();
      await page.getByRole("option", { name: option, exact: true }).click();
      await page.getByText("1 found", { exact: true }).waitFor();
      expect([filter, await page.getByRole("link", { name: "elsewhere" }).count()]).toEqual([filter, 1]);
    }
  }, 60_000);
});

describe("a credential", () => {
  it("is renamed; a name that is taken is refused at the field", async () => {
    const { page, id, complaints } = await openCredential("old name");
    await page.getByRole("button", { name: "Rename" }).click();
    const field = page.getByRole("textbox", { name: "Nickname" });
    await field.fill("");
    expect(await field.getAttribute("aria-invalid")).toBeNull();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Give it a name that your team recognises.").waitFor();
    await field.fill("By consent");
    expect(await field.getAttribute("aria-invalid")).toBeNull();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("This is the nickname of another credential.").waitFor();
    await field.fill("new name");
    expect(await page.getByText("This is the nickname of another credential.").count()).toBe(0);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "new name" }).waitFor();
    expect((await read(id)).nickname).toBe("new name");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("that somebody else changed meanwhile is not overwritten unseen", async () => {
    const { page, id } = await openCredential("mine");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "Nickname" }).fill("what I want");
    await patch(id, { nickname: "theirs" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("It is called “theirs” now.").waitFor();
    expect(await page.getByRole("textbox", { name: "Nickname" }).inputValue()).toBe("what I want");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "what I want" }).waitFor();
    expect((await read(id)).nickname).toBe("what I want");
  }, 60_000);

  it("performs as a user who is chosen by name, or by an id that no list holds, or as nobody", async () => {
    const { page, id, complaints } = await openCredential("performer");
    const user = page.getByRole("combobox", { name: "Lever user" });
    await user.click();
    await page.getByRole("option", { name: /Rita Recruiter/ }).waitFor();
    await page.getByText("rita@example.com").waitFor();
    await page.getByText("As of just now").waitFor();
    await look(page, "credential-perform-as");
    await user.fill("rita");
    await page.locator("[role=option][data-combobox-selected]", { hasText: "Rita Recruiter" }).waitFor();
    await page.keyboard.press("Enter");
    expect(await user.inputValue()).toBe("Rita Recruiter");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Save", exact: true }).waitFor({ state: "detached" });
    const users = (await dashboard.server.call("GET", `/api/v1/credentials/${id}/options/users?search=rita`, { key: ADMIN }))
      .body;
    expect((await read(id)).defaultPerformAs).toBe(users.data[0].value);

    await user.fill("00000000-dead-beef");
    await page.keyboard.press("Tab");
    await page.getByText("Not in the list, used as it is").waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("This is not the ID of a user in Lever.").waitFor();
    expect((await read(id)).defaultPerformAs).toBe(users.data[0].value);
    await page.getByRole("button", { name: "Save anyway" }).click();
    await page.getByRole("button", { name: "Save anyway" }).waitFor({ state: "detached" });
    expect((await read(id)).defaultPerformAs).toBe("00000000-dead-beef");
    await page.getByRole("heading", { name: "Warning" }).waitFor();
    await page.getByText("The account has no user with the ID that writes are recorded for.").waitFor();
    await look(page, "credential-warning");

    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Save", exact: true }).waitFor({ state: "detached" });
    expect((await read(id)).defaultPerformAs).toBeNull();
    await page.getByText("No user is set.").waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("reads the users again on demand, and says what kept it from reading them", async () => {
    const { page } = await openCredential("reader");
    await page.getByRole("combobox", { name: "Lever user" }).click();
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Escape");
    dashboard.server.playground?.playground.faults.add([
      { match: { pathPattern: "/v1/users" }, action: { kind: "respond", status: 403 } },
    ]);
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText(/^Names could not be read/).waitFor();
    dashboard.server.playground?.playground.faults.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("As of just now").waitFor();
  }, 60_000);

  it("takes a new key in place, tests it, shows one report of it, and keeps its name", async () => {
    const { page, id, complaints } = await openCredential("rekeyed");
    const before = await read(id);
    const form = page.getByRole("form", { name: "New API key" });
    const reports = page.getByRole("list", { name: "What was tested" });
    await page.getByRole("textbox", { name: "New API key" }).fill("wrong");
    await page.getByRole("button", { name: "Save the new key and test it" }).click();
    await form.getByText("The new key is saved, but it does not work.").waitFor();
    await page.getByText("Not usable", { exact: true }).waitFor();
    expect(await reports.count()).toBe(1);
    await look(page, "credential-replaced-key");
    expect(await read(id)).toMatchObject({ nickname: "rekeyed", status: "reauth_required" });
    await page.getByRole("textbox", { name: "New API key" }).fill("playground");
    await page.getByRole("button", { name: "Save the new key and test it" }).click();
    await form.getByText("The new key is saved, and it works.").waitFor();
    // The credential was read again meanwhile, with the report that is saved of the same test.
    await page.getByText("Connected", { exact: true }).first().waitFor();
    expect([await reports.count(), await page.getByText("Usable", { exact: true }).count()]).toEqual([1, 1]);
    expect(await read(id)).toMatchObject({ id: before.id, nickname: "rekeyed", status: "healthy" });
    expect(complaints).toEqual([]);
  }, 60_000);

  it("is removed by whoever types its nickname, having seen where it is used", async () => {
    const { page, id, complaints } = await openCredential("to be removed");
    await page.getByRole("button", { name: "Delete the credential …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("No workflow uses it.").waitFor();
    await dialog.getByText("It has never been used.").waitFor();
    const remove = dialog.getByRole("button", { name: "Delete credential" });
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByRole("textbox").fill("to be");
    expect(await remove.isDisabled()).toBe(true);
    await look(page, "credential-remove");
    await dialog.getByRole("textbox").fill("to be removed");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/credentials");
    await page.getByText("to be removed and its secret are deleted.").waitFor();
    await page.getByRole("table").waitFor();
    expect(await page.getByRole("link", { name: "to be removed" }).count()).toBe(0);
    expect((await read(id)).code).toBe("not_found");
    await page.goBack().catch(() => null);
    await page.goto(`/credentials/${id}`);
    await page.getByText("There is no such credential").waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("is called by whatever name as text, everywhere", async () => {
    const names = [
      "<img src=x onerror=alert(1)>",
      "<script>alert(1)</script>",
      "{{constructor.constructor('alert(1)')()}}",
      "javascript:alert(1)//\"'><svg onload=alert(1)>",
    ] as const;
    const { page, complaints } = await dashboard.signIn();
    await addByKey(page, names[0]);
    const ids = [new URL(page.url()).pathname.split("/").at(-1)];
    for (const nickname of names.slice(1)) {
      const body = playgroundCredential(nickname);
      ids.push((await dashboard.server.call("POST", "/api/v1/credentials", { key: ADMIN, body })).body.id);
    }
    for (const [at, nickname] of names.entries()) {
      await page.goto(`/credentials/${ids[at]}`);
      await page.getByRole("heading", { level: 1, name: nickname }).waitFor();
      expect(await page.title()).toContain(nickname);
      await page.getByRole("button", { name: "Delete the credential …" }).click();
      await page.getByRole("dialog").getByText(nickname).waitFor();
    }
    await page.goto("/credentials");
    for (const nickname of names) await page.getByRole("link", { name: nickname, exact: true }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);
});

describe("a credential by consent", () => {
  it("is connected again in place", async () => {
    const { page, complaints } = await dashboard.signIn();
    await addByConsent(page, "again");
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    await page.getByRole("button", { name: "Authorize again" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Lever is connected").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/credentials/${id}`);
    expect(await read(id)).toMatchObject({ nickname: "again", status: "healthy" });
    expect(complaints).toEqual([]);
  }, 60_000);
});

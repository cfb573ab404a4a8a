import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { Secret } from "../../sealing/secret.ts";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { accessTo } from "../support/access.ts";
import { gate } from "../support/gate.ts";
import { findBarriers, findBarriersInBothThemes } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

const RECORDS = 60;

let dashboard: OpenDashboard;
beforeAll(async () => {
  dashboard = await openDashboard();
}, 60_000);
afterAll(() => dashboard?.close());

/** Nothing that keeps people out, nothing wider than a telephone; and pictures. */
async function look(page: Page, name: string, find = findBarriers): Promise<void> {
  expect(await find(page)).toEqual([]);
  expect(await overflowWhenNarrow(page)).toBe(0);
  await takeScreenshots(page, name);
}

/** For one state of each kind of thing: what else is shown has the same colours. */
const lookInBothThemes = (page: Page, name: string) => look(page, name, findBarriersInBothThemes);

/** Everything that the server sends to a page from now on, as text. */
function record(page: Page): string[] {
  const answers: string[] = [];
  page.on("response", async (response) => answers.push(await response.text().catch(() => "")));
  return answers;
}

const api = (method: string, path: string, body?: unknown, key = ADMIN) => dashboard.server.call(method, path, { key, body });
const appOf = async (environment: string) =>
  (await api("GET", "/api/v1/settings/oauth-apps")).body.data.find(
    (app: { environment: string }) => app.environment === environment,
  );

const refusal = (pointer: string) => ({
  status: 422,
  contentType: "application/problem+json",
  body: JSON.stringify({
    type: "/docs/errors#input_invalid",
    title: "The input does not match the schema",
    status: 422,
    detail: "the request is not valid",
    instance: "urn:x",
    code: "input_invalid",
    retryable: false,
    requestId: "req_1",
    errors: [{ pointer, keyword: "name", message: "is not a name" }],
  }),
});

describe("the OAuth apps", () => {
  it("show for each environment what is used, where it comes from, and the address to register", async () => {
    const { page, complaints } = await dashboard.signIn("/settings");
    const production = page.getByRole("region", { name: "Production" });
    await production.getByText("Not set up").waitFor();
    const address = `${dashboard.server.services.publicUrl}/oauth/lever/production/callback`;
    expect(await production.getByText(address).count()).toBe(1);
    const playground = page.getByRole("region", { name: "Playground" });
    expect(await playground.innerText()).toMatch(/Built in[\s\S]*development keys of the playground/);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await production.getByRole("button", { name: "Copy the callback address of production" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(address);
    await lookInBothThemes(page, "settings-oauth-apps");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("are saved, changed and removed, and the secret never comes back", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/oauth-apps");
    const answers = record(page);
    const card = page.getByRole("region", { name: "Sandbox" });
    await card.getByRole("button", { name: "Set up an app for Sandbox" }).click();
    await card.getByLabel("Client ID").fill("client-of-the-sandbox");
    await card.getByLabel("Client secret").fill("canary-secret-1");
    await card.getByLabel("Search the scopes").fill("Add Opportunity Tags");
    expect(await card.getByRole("checkbox").count()).toBe(1);
    await card.getByLabel("Search the scopes").fill("webhook");
    await card.getByRole("checkbox", { name: "webhooks:read:admin" }).check();
    await card.getByText("11 of at most 20").waitFor();
    await look(page, "settings-oauth-app-form");
    await card.getByRole("button", { name: "Save the app" }).click();
    await card.getByText("Your app").waitFor();
    expect(await appOf("sandbox")).toMatchObject({ clientId: "client-of-the-sandbox", source: "settings", hasSecret: true });
    expect((await appOf("sandbox")).scopes).toEqual(expect.arrayContaining(["webhooks:read:admin", "offline_access"]));

    await page.reload();
    await card.getByRole("button", { name: "Change the app of Sandbox" }).click();
    expect(await card.getByLabel("Client secret").inputValue()).toBe("");
    await card.getByText("One is saved.").waitFor();
    await card.getByRole("button", { name: "Choose the defaults" }).click();
    await card.getByRole("button", { name: "Save the app" }).click();
    await card.getByRole("button", { name: "Change the app of Sandbox" }).waitFor();
    expect((await appOf("sandbox")).scopes).not.toContain("webhooks:read:admin");

    await card.getByRole("button", { name: "Change the app of Sandbox" }).click();
    await card.getByLabel("Client ID").fill("another-client");
    await card.getByRole("button", { name: "Save the app" }).click();
    await card.getByText("A new client ID needs its own secret.").waitFor();
    await card.getByLabel("Client secret").fill("canary-secret-2");
    await card.getByRole("button", { name: "Save the app" }).click();
    await card.getByText("another-client").waitFor();
    expect(await page.evaluate("document.activeElement.textContent")).toContain("Change");

    await page.reload();
    await card.getByText("another-client").waitFor();
    const shown = [await page.content(), ...answers].join("\n");
    expect(shown).toContain("another-client");
    expect(shown).not.toContain("canary-secret");

    await card.getByRole("button", { name: "Use the default of Sandbox again" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    expect((await appOf("sandbox")).clientId).toBe("another-client");
    // An emptied client id means the same.
    await card.getByRole("button", { name: "Change the app of Sandbox" }).click();
    await card.getByLabel("Client ID").fill("");
    await card.getByRole("button", { name: "Save the app" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove the app" }).click();
    await card.getByText("Not set up").waitFor();
    expect((await appOf("sandbox")).clientId).toBeNull();
    expect(complaints).toEqual([]);
  }, 90_000);

  it("say what is wrong at the field, and keep what was typed", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/oauth-apps");
    const card = page.getByRole("region", { name: "Production" });
    await card.getByRole("button", { name: "Set up an app for Production" }).click();
    await card.getByRole("button", { name: "Save the app" }).click();
    const [id, secret] = [card.getByLabel("Client ID"), card.getByLabel("Client secret")];
    expect(await id.getAttribute("aria-invalid")).toBe("true");
    expect(await secret.getAttribute("aria-invalid")).toBe("true");
    await id.fill("some-client");
    await secret.fill("two words");
    await card.getByRole("button", { name: "Save the app" }).click();
    await card.getByText("This must be 1 to 512 visible ASCII characters.").waitFor();
    expect([await id.getAttribute("aria-invalid"), await secret.getAttribute("aria-invalid")]).toEqual([null, "true"]);
    expect([await id.inputValue(), await secret.inputValue()]).toEqual(["some-client", "two words"]);
    await secret.fill("one-word");
    expect(await secret.getAttribute("aria-invalid")).toBe("false");
    await card.getByLabel("Search the scopes").fill(":read:");
    for (let i = 0; i < 11; i++) await card.getByRole("checkbox", { checked: false }).first().check();
    await card.getByText("21 of at most 20").waitFor();
    await card.getByRole("button", { name: "Save the app" }).click();
    await card.getByText("Lever allows an app at most 20; leave out some.").waitFor();
    await lookInBothThemes(page, "settings-oauth-app-faults");
    await card.getByRole("checkbox", { checked: true }).first().uncheck();
    expect(await card.getByText("Lever allows an app at most 20; leave out some.").count()).toBe(0);
    await secret.fill("");
    expect(await secret.getAttribute("aria-invalid")).toBe("false");
    expect((await appOf("production")).clientId).toBeNull();
    expect(complaints).toEqual([]);
  }, 90_000);
});

describe("the API keys", () => {
  it("are made, shown once, used, and revoked", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/api-keys");
    await page.getByRole("heading", { name: "No keys yet" }).waitFor();
    await look(page, "settings-api-keys-empty");
    await page.getByRole("button", { name: "Create a key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create the key" }).click();
    await dialog.getByText("Choose what it may do.").waitFor();
    expect(await dialog.getByLabel("Name").getAttribute("aria-invalid")).toBe("true");
    // What the server refuses is forgotten when it is changed.
    await dialog.getByLabel("Everything, including").check();
    await dialog.getByLabel("Name").fill("refused");
    await page.route("**/api/v1/api-keys", (route) => route.fulfill(refusal("/name")), { times: 1 });
    await dialog.getByRole("button", { name: "Create the key" }).click();
    await dialog.getByText("This is not a name.").waitFor();
    await dialog.getByLabel("Name").fill("other");
    expect(await dialog.getByText("This is not a name.").count()).toBe(0);
    expect(await dialog.getByRole("checkbox", { checked: true }).count()).toBe(14);
    await dialog.getByLabel("Everything, including").uncheck();
    expect(await dialog.getByRole("checkbox", { checked: true }).count()).toBe(0);
    await dialog.getByLabel("Name").fill("nightly export");
    await dialog.getByLabel("Add, change, test, reconnect").check();
    await lookInBothThemes(page, "settings-api-key-form");
    await dialog.getByRole("button", { name: "Create the key" }).click();
    await dialog.getByText("Shown only once").waitFor();
    const key = await dialog.locator("pre").first().innerText();
    expect(key).toMatch(/^lc_[\w-]{43}$/);
    expect(await dialog.locator("pre").nth(1).innerText()).toContain(`curl -H "Authorization: Bearer ${key}"`);
    await page.keyboard.press("Escape");
    await page.mouse.click(5, 5);
    expect(await dialog.getByText(key, { exact: true }).count()).toBe(1);
    await look(page, "settings-api-key-shown");
    expect((await api("GET", "/api/v1/credentials", undefined, key)).status).toBe(200);
    expect((await api("GET", "/api/v1/api-keys", undefined, key)).body.code).toBe("forbidden");
    await dialog.getByRole("button", { name: "I have saved the key" }).click();
    await dialog.waitFor({ state: "hidden" });
    const row = page.getByRole("listitem").filter({ hasText: "nightly export" });
    await row.getByText(/^Created just now/).waitFor();
    await row.getByText("Add, change, test, reconnect and remove credentials").waitFor();
    expect(await page.content()).not.toContain(key);
    expect(await row.innerText()).toContain(`${key.slice(0, 10)}…`);
    expect((await api("GET", "/api/v1/api-keys")).body.data.map(({ scopes }: { scopes: string[] }) => scopes)).toEqual([
      ["credentials:write"],
    ]);
    await lookInBothThemes(page, "settings-api-keys");

    await row.getByRole("button", { name: "Revoke nightly export" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke the key" }).click();
    await row.getByText("Revoked", { exact: true }).waitFor();
    await page.locator("h2:focus", { hasText: "API keys" }).waitFor();
    expect((await api("GET", "/api/v1/credentials", undefined, key)).status).toBe(401);
    expect(complaints).toEqual([]);
  }, 90_000);

  it("are listed page by page", async () => {
    const { id } = await dashboard.server.services.projects.create("With many keys");
    for (let i = 0; i < 60; i++)
      await dashboard.server.services.apiKeys.create(accessTo(id), { name: `key ${i}`, scopes: ["admin"] });
    const { page } = await dashboard.signIn("/settings/projects");
    await page.getByRole("button", { name: "Switch to With many keys" }).click();
    await page.getByRole("link", { name: "API keys" }).click();
    const rows = page.getByRole("listitem").filter({ hasText: /^key \d+/ });
    await rows.first().waitFor();
    expect(await rows.count()).toBe(50);
    await page.getByRole("button", { name: "Show more keys" }).click();
    await rows.nth(59).waitFor();
    expect(await page.getByRole("button", { name: "Show more keys" }).count()).toBe(0);
  }, 60_000);
});

describe("the projects", () => {
  it("are made and switched, and what belongs to one is not seen in the other", async () => {
    await api("POST", "/api/v1/credentials", playgroundCredential("Of the default project"));
    const { page, complaints } = await dashboard.signIn("/credentials");
    await page.getByText("Of the default project").waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Projects" }).click();
    await page.getByRole("button", { name: "Create the project" }).click();
    await page.getByText("Give it a name.").waitFor();
    await page.route("**/api/v1/projects", (route) => route.fulfill(refusal("/name")), { times: 1 });
    await page.getByRole("textbox", { name: "New project" }).fill("refused");
    await page.getByRole("button", { name: "Create the project" }).click();
    await page.getByText("This is not a name.").waitFor();
    await page.getByRole("textbox", { name: "New project" }).fill("Acme <b>Talent</b>");
    expect(await page.getByText("This is not a name.").count()).toBe(0);
    await page.getByRole("button", { name: "Create the project" }).click();
    await page.getByRole("button", { name: "Switch to Acme <b>Talent</b>" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "Acme" });
    await row.getByText("Current", { exact: true }).waitFor();
    await lookInBothThemes(page, "settings-projects");
    await page.getByRole("link", { name: "Credentials" }).click();
    await page.getByRole("heading", { name: "No credential yet" }).waitFor();
    expect(await page.getByText("Of the default project").count()).toBe(0);

    await page.getByRole("button", { name: /^Project Acme/ }).click();
    await page.getByRole("menuitem", { name: "Default" }).click();
    await page.getByText("Of the default project").waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  const LONG = "W".repeat(100);
  const rowOf = (page: Page, name: string) => page.getByRole("listitem").filter({ has: page.getByText(name, { exact: true }) });

  it("are renamed, and what is no name or taken is said at the field", async () => {
    const { projects } = dashboard.server.services;
    const { id } = await projects.create("Before");
    await projects.create("Taken");
    const { page, complaints } = await dashboard.signIn("/settings/projects");
    await page.getByRole("button", { name: "Rename Before" }).click();
    const dialog = page.getByRole("dialog");
    const name = dialog.getByRole("textbox", { name: "Name" });
    const rename = dialog.getByRole("button", { name: "Rename" });
    expect(await name.inputValue()).toBe("Before");
    await name.fill(" ");
    await rename.click();
    await dialog.getByText("Give it a name.").waitFor();
    await name.fill("TAKEN");
    await rename.click();
    await dialog.getByText("This is the name of another project.").waitFor();
    expect(await dialog.getByRole("alert").count()).toBe(0);
    await look(page, "settings-project-rename");
    await page.route("**/api/v1/projects/*", (route) => route.abort(), { times: 1 });
    await name.fill(LONG);
    await rename.click();
    await dialog.getByText("The server does not answer").waitFor();
    expect(await name.inputValue()).toBe(LONG);
    await rename.click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByText(`It is now called ${LONG}.`).waitFor();
    await rowOf(page, LONG).waitFor();
    expect(await projects.get(id)).toMatchObject({ name: LONG });
    await look(page, "settings-projects-long-name");
    expect(complaints).toEqual([expect.stringContaining("net::ERR_FAILED")]);
  }, 60_000);

  it("are called by their new name where one stands in them", async () => {
    const { id } = await dashboard.server.services.projects.create("Old");
    const { page, complaints } = await dashboard.signIn("/settings/projects");
    await page.getByRole("button", { name: "Switch to Old" }).click();
    await rowOf(page, "Old").getByText("Current", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Rename Old" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("New");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^Project New;/ }).waitFor();
    await dashboard.server.services.projects.remove(id);
    expect(complaints).toEqual([]);
  }, 60_000);

  it("are deleted by whoever types the name, having seen what is in them, but never the default one", async () => {
    const { projects, credentials, apiKeys } = dashboard.server.services;
    const { id } = await projects.create("To delete");
    const auth = { type: "api_key", apiKey: new Secret("playground") } as const;
    await credentials.create(accessTo(id), { nickname: "in it", environment: "playground", auth });
    for (const name of ["one", "two"]) await apiKeys.create(accessTo(id), { name, scopes: ["admin"] });
    const { page, complaints } = await dashboard.signIn("/settings/projects");
    await rowOf(page, "To delete").waitFor();
    expect(await page.getByRole("button", { name: "Delete Default" }).count()).toBe(0);
    await page.getByRole("button", { name: "Delete To delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("The project contains").waitFor();
    expect(await dialog.getByRole("listitem").allInnerTexts()).toEqual(["1 credential", "2 API keys"]);
    const button = dialog.getByRole("button", { name: "Delete project" });
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByRole("textbox").fill("To del");
    expect(await button.isDisabled()).toBe(true);
    await lookInBothThemes(page, "settings-project-delete");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect(await projects.get(id)).toMatchObject({ name: "To delete" });

    await page.getByRole("button", { name: "Delete To delete" }).click();
    await dialog.getByRole("textbox").fill("To delete");
    await page.route("**/api/v1/projects/*", (route) => route.abort(), { times: 1 });
    await button.click();
    await dialog.getByText("The server does not answer").waitFor();
    await button.click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByText("To delete and everything in it is deleted.", { exact: true }).waitFor();
    await rowOf(page, "To delete").waitFor({ state: "detached" });
    await page.locator("h2:focus", { hasText: "Projects" }).waitFor();
    expect((await api("GET", `/api/v1/projects/${id}`)).body.code).toBe("not_found");
    expect(complaints).toEqual([expect.stringContaining("net::ERR_FAILED")]);
  }, 60_000);

  it("are not deleted before it is known what is in them", async () => {
    const { id } = await dashboard.server.services.projects.create("Unseen");
    const { page } = await dashboard.signIn("/settings/projects");
    const { open, opened } = gate();
    await page.route(`**/api/v1/projects/${id}`, async (route) => {
      await opened;
      await route.continue();
    });
    await page.getByRole("button", { name: "Delete Unseen" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("Unseen");
    await dialog.getByText("Reading what is in it").waitFor();
    expect(await dialog.getByRole("button", { name: "Delete project" }).isDisabled()).toBe(true);
    open();
    await dialog.getByText("There is nothing in it.").waitFor();
    expect(await dialog.getByRole("button", { name: "Delete project" }).isEnabled()).toBe(true);
  }, 60_000);

  it("lead to the default one where the one is deleted that one stands in, in every tab", async () => {
    const { projects } = dashboard.server.services;
    await projects.create(`Left ${LONG.slice(5)}`);
    const { page, complaints } = await dashboard.signIn("/settings/projects");
    await page.getByRole("button", { name: "Switch to Left" }).click();
    await page.getByRole("button", { name: /^Project Left/ }).waitFor();
    const other = await page.context().newPage();
    await other.goto("/credentials");
    await other.getByRole("button", { name: /^Project Left/ }).waitFor();
    await page.getByRole("button", { name: "Delete Left" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("There is nothing in it.").waitFor();
    // A long name wraps: nothing of it is cut off.
    const confirm = dialog.getByText(/^Type /);
    expect(await confirm.evaluate((label) => label.scrollWidth - label.clientWidth)).toBe(0);
    await look(page, "settings-project-delete-long-name");
    await dialog.getByRole("textbox").fill(`Left ${LONG.slice(5)}`);
    await dialog.getByRole("button", { name: "Delete project" }).click();
    await page.getByText("You are in the default project now.").waitFor();
    await rowOf(page, "Default").getByText("Current", { exact: true }).waitFor();
    await page.getByRole("button", { name: /^Project Default;/ }).waitFor();
    await other.getByRole("button", { name: /^Project Default;/ }).waitFor();
    expect(await page.getByRole("button", { name: "Switch to Left" }).count()).toBe(0);
    await page.locator("h1:focus", { hasText: "Settings" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/settings/projects");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("are listed and switched to beyond the first page of them", async () => {
    const many = await openDashboard({ env: { PLAYGROUND: "off" } }, dashboard);
    const { store } = many.server.services;
    for (let n = 0; n < 21; n++)
      await store.insert("projects", {
        id: `proj_n${n}`,
        project: `proj_n${n}`,
        name: `number ${n}`,
        createdAtMs: Date.now() + n,
      });
    const { page, complaints } = await many.signIn("/healthz");
    // The server reads 20 at a time in place of 500, which take a browser half a minute to draw twice.
    await page.route("**/api/v1/projects?*", (route) =>
      route.continue({
        url: route
          .request()
          .url()
          .replace(/limit=\d+/, "limit=20"),
      }),
    );
    await page.goto("/settings/projects");
    await rowOf(page, "number 18").waitFor();
    expect(await rowOf(page, "number 19").count()).toBe(0);
    await page.getByRole("button", { name: "Show more projects" }).click();
    await rowOf(page, "number 20").waitFor();
    expect(await page.getByRole("button", { name: "Show more projects" }).count()).toBe(0);

    await page.goto("/credentials");
    await page.getByRole("button", { name: /^Project Default/ }).click();
    await page.getByRole("menuitem", { name: "Show more projects" }).click();
    await page.getByRole("menuitem", { name: "number 20", exact: true }).click();
    await page.getByRole("button", { name: /^Project number 20/ }).waitFor();
    expect(complaints).toEqual([]);
    await many.close();
  }, 120_000);
});

describe("the sealing keys", () => {
  const keys = async () => (await api("GET", "/api/v1/settings/keys")).body.data as { kid: string; used: number }[];

  /** Lets so many records be sealed; the next one waits until the answer is called. */
  function holdAfter(count: number): () => void {
    const { store } = dashboard.server.services;
    const { patch } = store;
    const { open, opened } = gate();
    let seen = 0;
    const holding: typeof patch = async (...args) => {
      if (args[3].set && "sealedKid" in args[3].set) seen += 1;
      if (seen > count) await opened;
      return patch.apply(store, args);
    };
    Object.assign(store, { patch: holding });
    return () => {
      Object.assign(store, { patch });
      open();
    };
  }

  it("are replaced with everything sealed anew, which may be stopped and goes on", async () => {
    const { credentials } = dashboard.server.services;
    for (let i = 0; i < RECORDS; i++) {
      const auth = { type: "api_key", apiKey: new Secret(`canary-${i}`) } as const;
      await credentials.create(accessTo("default"), { nickname: `n${i}`, environment: "production", auth });
    }
    const [before] = await keys();
    const { page, complaints } = await dashboard.signIn("/settings/keys");
    await page.getByText(before?.kid as string).waitFor();
    await look(page, "settings-keys");
    let letGo = holdAfter(20);
    await page.getByRole("button", { name: "Create a new key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Create it and re-encrypt everything" }).click();
    const bar = page.getByRole("progressbar", { name: "Re-encrypted" });
    await bar.waitFor();
    await page.locator("[role=progressbar]:not([aria-valuenow='0'])").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Nothing is lost").waitFor();
    letGo();
    const [current, old] = await keys();
    expect(current?.kid).not.toBe(before?.kid);
    expect(old).toMatchObject({ kid: before?.kid });
    expect(old?.used).toBeGreaterThan(0);
    await page.getByText("Still needed: re-encrypt everything").waitFor();
    await lookInBothThemes(page, "settings-keys-stopped");

    letGo = holdAfter(20);
    await page.getByRole("button", { name: "Resume" }).click();
    await bar.waitFor();
    await page.locator("[role=progressbar]:not([aria-valuenow='0'])").waitFor();
    await takeScreenshots(page, "settings-keys-sealing");
    letGo();
    await page.getByText("Everything is re-encrypted", { exact: true }).waitFor({ timeout: 30_000 });
    await page.getByText("it may be removed from the key file").waitFor();
    expect((await keys()).map(({ kid, used }) => [kid, used > 0])).toEqual([
      [current?.kid, true],
      [before?.kid, false],
    ]);
    await look(page, "settings-keys-sealed");
    expect(complaints).toEqual([]);
  }, 120_000);

  it("are continued with after a failure, and no further key is made", async () => {
    const before = await keys();
    const { page } = await dashboard.signIn("/settings/keys");
    // The server has done it, and the end of its answer gets lost on the way to this page.
    await page.route(
      "**/settings/keys/rotate",
      async (route) => {
        const answered = await route.fetch();
        const lines = (await answered.text()).trim().split("\n");
        await route.fulfill({ response: answered, body: `${lines.slice(0, -1).join("\n")}\n{"finis` });
      },
      { times: 1 },
    );
    await page.getByRole("button", { name: "Create a new key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Create it and re-encrypt everything" }).click();
    await page.getByText("The response was cut short").waitFor({ timeout: 30_000 });
    expect(await page.getByRole("button", { name: /Reload|Try again/ }).count()).toBe(0);
    await look(page, "settings-keys-failed");
    await page.getByRole("button", { name: "Continue with the current key" }).click();
    await page.getByText("Nothing was left to re-encrypt").waitFor({ timeout: 30_000 });
    expect(await keys()).toHaveLength(before.length + 1);
  }, 120_000);

  it("that come from the environment are explained, and none is made", async () => {
    const CREDENTIALS_KEYS = `mine:${Buffer.alloc(32, 7).toString("base64")}`;
    const other = await openDashboard({ env: { PLAYGROUND: "off", CREDENTIALS_KEYS } }, dashboard);
    const { page, complaints } = await other.signIn("/settings/keys");
    await page.getByRole("heading", { name: "The keys come from the environment" }).waitFor();
    expect(await page.getByRole("button", { name: "Create a new key" }).count()).toBe(0);
    await page.getByRole("button", { name: "Re-encrypt everything again" }).click();
    await page.getByText("Nothing was left to re-encrypt").waitFor();
    expect(complaints).toEqual([]);
    await other.close();
  }, 60_000);
});

describe("the settings", () => {
  it("lead from part to part by keyboard, and know their addresses", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/nothing");
    await page.getByRole("heading", { name: "There is no page at this address" }).waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "API keys" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/settings/api-keys");
    expect(await page.title()).toBe("API keys · Settings · lever-connector");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("API keys");
    await page.goBack();
    await page.getByRole("region", { name: "Production" }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("show a failure in their place, and read it again on demand", async () => {
    const { page } = await dashboard.signIn("/marketplace");
    await page.route("**/api/v1/projects?*", (route) => route.abort());
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Projects" }).click();
    await page.getByText("The server does not answer").waitFor();
    await page.unroute("**/api/v1/projects?*");
    await page.getByRole("button", { name: "Reload this part" }).click();
    await page.getByText("Current", { exact: true }).waitFor();
  }, 60_000);
});

describe("the data of a project", () => {
  it("is kept for as many days as somebody says", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/data");
    const form = page.getByRole("form", { name: "Run history" });
    const days = form.getByLabel("Keep runs for how many days");
    expect(await days.inputValue()).toBe("30");
    await days.fill("0");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("Give a whole number from 1 to 3650.").waitFor();
    await days.fill("90");
    await lookInBothThemes(page, "settings-data");
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByText("What is older is removed within ten minutes.").waitFor();
    expect((await api("GET", "/api/v1/projects/default")).body.retentionDays).toBe(90);
    expect(complaints).toEqual([]);
  }, 60_000);

  it("of a person is removed once that is confirmed, and what is shown of it is how much that was", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/data");
    const addresses: string[] = [];
    page.on("request", (request) => addresses.push(request.url()));
    const form = page.getByRole("form", { name: "Forget a candidate" });
    await form.getByRole("button", { name: "Forget …" }).click();
    await form.getByText("Fill in at least one of the three.").waitFor();
    await form.getByLabel("Email address").fill("gone@example.com");
    await form.getByRole("button", { name: "Forget …" }).click();
    await look(page, "settings-forget-confirm");
    await page.getByRole("dialog").getByRole("button", { name: "Forget", exact: true }).click();
    await page
      .getByRole("list", { name: "Done so far" })
      .getByText("Emptied: 0 runs, 0 messages, 0 deliveries, 0 records of writes")
      .waitFor();
    expect(await form.getByLabel("Email address").inputValue()).toBe("");
    await lookInBothThemes(page, "settings-data-forgotten");
    expect(addresses.filter((one) => one.includes("gone"))).toEqual([]);
    expect(complaints).toEqual([]);
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { ADMIN } from "../server/start.ts";
import { addByConsent, goToConsent } from "./support/credential-steps.ts";
import { findBarriers } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

describe("a consent that does not end well lands where it is told, and where one can go on", () => {
  let dashboard: OpenDashboard;
  beforeAll(async () => {
    dashboard = await openDashboard();
  }, 60_000);
  afterAll(() => dashboard?.close());

  const lever = () => {
    const { playground } = dashboard.server;
    if (playground === undefined) throw new Error("the playground is off");
    return playground.playground;
  };
  const approve = (page: Page) => page.getByRole("button", { name: "Approve" }).click();

  async function look(page: Page, name: string): Promise<void> {
    expect(new URL(page.url()).search).toBe("");
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, name);
  }

  it("refused in Lever: the credential is pending, and starting again leads to a connected one", async () => {
    const { page, complaints } = await dashboard.signIn();
    await goToConsent(page, "refused");
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByText("The connection was refused in Lever").waitFor();
    await page.getByText("Authorization pending", { exact: true }).waitFor();
    await look(page, "consent-denied");
    await page.getByRole("button", { name: "Start again" }).click();
    await approve(page);
    await page.getByText("Lever is connected").waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("left unfinished: the credential says so and goes on", async () => {
    const { page, complaints } = await dashboard.signIn();
    await goToConsent(page, "left");
    await page.goto("/credentials");
    await page.getByRole("row", { name: /left.+Authorization pending/ }).waitFor();
    await page.getByRole("link", { name: "left" }).click();
    await page.getByText("The connection is not approved in Lever yet").waitFor();
    expect(await page.getByRole("button", { name: "Run the test" }).isDisabled()).toBe(true);
    await look(page, "credential-pending");
    await page.getByRole("button", { name: "Continue to Lever" }).click();
    await approve(page);
    await page.getByText("Lever is connected").waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("run out: a page says so, and the credential that it leads to goes on", async () => {
    const { page } = await dashboard.signIn();
    await goToConsent(page, "run out");
    const { store } = dashboard.server.services;
    for (const { id, project } of await store.find("oauthFlows", "default", { limit: 100 }))
      await store.patch("oauthFlows", project, id, { set: { expiresAtMs: 1 } });
    await approve(page);
    await page.getByText(/was already used, or has expired/).waitFor();
    await page.getByRole("link", { name: "Back to the credentials" }).click();
    await page.getByRole("link", { name: "run out" }).click();
    await page.getByRole("button", { name: "Continue to Lever" }).click();
    await approve(page);
    await page.getByText("Lever is connected").waitFor();
  }, 60_000);

  it("used already: going back and approving once more tells that it was used", async () => {
    const { page } = await dashboard.signIn();
    await goToConsent(page, "twice");
    const consent = page.url();
    await approve(page);
    await page.getByText("Lever is connected").waitFor();
    // The same address of Lever makes a second code for the same state.
    await page.goto(consent);
    await approve(page);
    await page.getByText(/was already used/).waitFor();
    await page.getByRole("link", { name: /credentials/i }).click();
    await page.getByRole("link", { name: "twice" }).waitFor();
  }, 60_000);

  it("by another account: the approval is not taken, what was connected goes on, another credential is offered", async () => {
    const { page, complaints } = await dashboard.signIn();
    await addByConsent(page, "one account");
    await page.getByRole("button", { name: "Authorize again" }).click();
    const { accountId } = lever().world;
    Object.assign(lever().world, { accountId: "00000000-0000-4000-8000-000000000000" });
    await approve(page);
    await page.getByText("Another Lever account approved").waitFor();
    Object.assign(lever().world, { accountId });
    await look(page, "consent-other-account");
    await page.reload();
    await page.getByText(/^Passed just now/).waitFor();
    expect(await page.getByText("Another Lever account approved").count()).toBe(0);
    expect(complaints).toEqual([]);
  }, 60_000);

  it("with less than was asked for: what is missing is named in words, and the settings are offered", async () => {
    const { page, complaints } = await dashboard.signIn();
    await goToConsent(page, "too little");
    lever().faults.add([
      {
        match: { pathPattern: "/oauth/token", times: 1 },
        action: { kind: "edit-json", set: { scope: "offline_access opportunities:read:admin" } },
      },
    ]);
    await approve(page);
    await page.getByText("Connected, but not everything was granted").waitFor();
    const missing = await page.getByRole("alert").getByRole("list", { name: "Scopes that were not granted" }).innerText();
    expect(missing).toContain("See opportunities and change them");
    expect(missing).toContain("opportunities:write:admin");
    await look(page, "consent-scopes-missing");
    await page.getByRole("link", { name: "Open the OAuth app’s settings" }).click();
    await page.waitForURL("**/settings/oauth-apps");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("not turned into access: it can be started again", async () => {
    const { page } = await dashboard.signIn();
    await goToConsent(page, "no tokens");
    lever().faults.add([{ match: { pathPattern: "/oauth/token" }, action: { kind: "respond", status: 500 } }]);
    await approve(page);
    await page.getByText("Lever issued no access token").waitFor();
    lever().faults.clear();
    await page.getByRole("button", { name: "Start again" }).click();
    await approve(page);
    await page.getByText("Lever is connected").waitFor();
  }, 60_000);

  it.each([
    ["oauth_state_invalid", "The authorization expired"],
    ["oauth_app_rejected", "Lever refused the OAuth app"],
    ["upstream_timeout", "The connection did not succeed"],
  ])(
    "%s is told in words",
    async (code, words) => {
      const id = await pending(code);
      const { page } = await dashboard.signIn(`/credentials/${id}?consent=${code}`);
      await page.getByText(words).waitFor();
      expect(new URL(page.url()).search).toBe("");
    },
    60_000,
  );

  it("an address that somebody made up does not call an unfinished consent connected", async () => {
    const id = await pending("made up");
    const { page, complaints } = await dashboard.signIn(`/credentials/${id}?consent=connected`);
    await page.getByRole("heading", { level: 1, name: "made up" }).waitFor();
    await page.getByRole("heading", { name: "Authorization pending" }).waitFor();
    expect(await page.getByText("Lever is connected").count()).toBe(0);
    await page.goto(`/credentials/${id}?consent=<img src=x onerror=alert(1)>`);
    await page.getByRole("heading", { level: 1, name: "made up" }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  /** A credential whose consent was begun and not finished; its id. */
  async function pending(nickname: string): Promise<string> {
    const body = { connector: "lever", nickname, environment: "playground", auth: { type: "oauth2" } };
    return (await dashboard.server.call("POST", "/api/v1/credentials", { key: ADMIN, body })).body.id;
  }
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { reveal } from "../../sealing/secret.ts";
import { EVERY_PROJECT } from "../../store/document-store.ts";
import { findBarriers, findBarriersInBothThemes } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

const MINUTE_MS = 60_000;
const ABSOLUTE_MS = 12 * 60 * MINUTE_MS;

let dashboard: OpenDashboard;
beforeAll(async () => {
  dashboard = await openDashboard();
}, 60_000);
afterAll(() => dashboard?.close());

/** Changes every session there is, as time would. */
async function age(set: { createdAtMs?: number; expiresAtMs?: number }): Promise<void> {
  const { store } = dashboard.server.services;
  for (const { id, project } of await store.find("sessions", EVERY_PROJECT, { limit: 100 }))
    await store.patch("sessions", project, id, { set });
}

const accessLink = async () => `/access?token=${reveal(await dashboard.server.services.accessLinks.create())}`;

describe("when the session has ended", () => {
  it("the page says so, and shows the same page again once somebody has signed in elsewhere", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/api-keys");
    await page.getByRole("heading", { name: "API keys" }).waitFor();
    await age({ expiresAtMs: Date.now() - 1 });
    await page.getByRole("link", { name: "Projects" }).click();
    await page.getByText("Your session has ended").waitFor();
    await page.locator("h1:focus", { hasText: "Sign in" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/settings/projects");
    expect(await page.content()).not.toContain("Switch to it");
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "session-ended");

    const other = await page.context().newPage();
    await other.goto(await accessLink());
    await other.click("button");
    await other.waitForURL("**/settings/projects");
    await page.getByText("Current", { exact: true }).waitFor({ timeout: 15_000 });
    expect(complaints).toEqual([]);
  }, 60_000);

  it("the access link leads back to where somebody was, in the same tab too, and once only", async () => {
    const { page } = await dashboard.newPage();
    await page.goto("/credentials?search=x");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(await accessLink());
    await page.click("button");
    await page.waitForURL("**/credentials?search=x");
    await page.goto("/");
    await page.waitForURL("**/marketplace");
  }, 60_000);

  it("by signing out in one tab, the other tabs show it at once", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/projects");
    const other = await page.context().newPage();
    await other.goto("/marketplace");
    await other.getByRole("button", { name: "Sign out" }).click();
    await other.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByText("Your session has ended").waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);
});

describe("before the session ends", () => {
  it("for good, the page warns some minutes ahead", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/projects");
    await age({ createdAtMs: Date.now() - ABSOLUTE_MS + 6 * MINUTE_MS });
    await page.reload();
    await page.getByText(/^Your session ends in [56] minutes$/).waitFor();
    expect(await page.getByRole("button", { name: "Stay signed in" }).count()).toBe(0);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "session-ends");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("because it is not used, the page offers to stay; nothing but the server decides that it is over", async () => {
    const { page, complaints } = await dashboard.newPage();
    await page.clock.install();
    await page.goto(await accessLink());
    await page.click("button");
    await page.getByRole("heading", { name: "Marketplace" }).waitFor();
    await page.clock.fastForward(29 * MINUTE_MS);
    await page.getByRole("button", { name: "Stay signed in" }).click();
    await page.getByText("Your session ends").waitFor({ state: "hidden" });
    // The server's clock has hardly moved: asked, it says that the session goes on.
    const asked = page.waitForResponse("**/session");
    await page.clock.fastForward(33 * MINUTE_MS);
    await asked;
    await page.getByText("Your session ends").waitFor({ state: "hidden" });
    expect(await page.getByRole("heading", { name: "Marketplace" }).count()).toBe(1);
    expect(complaints).toEqual([]);
  }, 60_000);
});

describe("the frame", () => {
  it("follows another tab into another project", async () => {
    await dashboard.server.services.projects.create("Elsewhere");
    const { page } = await dashboard.signIn("/credentials");
    const other = await page.context().newPage();
    await other.goto("/settings/projects");
    await other.getByRole("button", { name: "Switch to Elsewhere" }).click();
    await page.getByRole("button", { name: /^Project Elsewhere/ }).waitFor();
  }, 60_000);

  it("moves the focus to the heading of a page that one goes to", async () => {
    const { page } = await dashboard.signIn("/marketplace");
    await page.getByRole("heading", { name: "Marketplace" }).waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("BODY");
    await page.getByRole("link", { name: "Settings" }).click();
    await page.locator("h1:focus", { hasText: "Settings" }).waitFor();
    expect(await page.title()).toBe("OAuth apps · Settings · lever-connector");
  }, 60_000);

  it("has a menu on a telephone that the keyboard reaches only when it is open", async () => {
    const { page } = await dashboard.signIn("/settings/projects", { viewport: { width: 390, height: 844 } });
    await page.getByRole("heading", { name: "Projects" }).waitFor();
    const burger = page.getByRole("button", { name: "Open the menu" });
    const marketplace = page.getByRole("link", { name: "Marketplace" });
    expect(await marketplace.count()).toBe(0);
    await burger.click();
    await marketplace.waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.screenshot({ path: "test/.artifacts/menu-narrow.png" });
    await page.keyboard.press("Escape");
    await marketplace.waitFor({ state: "detached" });
    expect(await page.locator("button:focus").getAttribute("aria-label")).toBe("Open the menu");
    await burger.click();
    await marketplace.click();
    await page.getByRole("heading", { name: "Marketplace" }).waitFor();
    expect(await marketplace.count()).toBe(0);
  }, 60_000);

  it("remembers the theme that somebody chose", async () => {
    const { page } = await dashboard.signIn("/marketplace", { colorScheme: "light" });
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    await page.reload();
    await page.getByRole("button", { name: "Use the light theme" }).waitFor();
    expect(await page.getAttribute("html", "data-mantine-color-scheme")).toBe("dark");
  }, 60_000);

  it("and the server's own pages are of one look", async () => {
    const { page, complaints } = await dashboard.newPage();
    const fonts: unknown[] = [];
    for (const address of [await accessLink(), "/docs/errors"]) {
      await page.goto(address);
      await page.evaluate("document.fonts.ready");
      fonts.push(await page.evaluate("document.fonts.check('16px \"Figtree Variable\"') && document.fonts.size > 0"));
      expect(await page.evaluate("getComputedStyle(document.querySelector('header a'), '::before').backgroundImage")).toMatch(
        /assets\/icon-.*\.svg/,
      );
      expect(await findBarriers(page)).toEqual([]);
      expect(await overflowWhenNarrow(page)).toBe(0);
      await takeScreenshots(page, address.startsWith("/docs") ? "page-errors" : "page-access");
    }
    expect(fonts).toEqual([true, true]);
    expect(complaints).toEqual([]);
  }, 60_000);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { findBarriers, findBarriersInBothThemes, findBarriersOfStyles } from "./support/find-barriers.ts";
import { BUILT, type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

describe("the frame of the dashboard", () => {
  let dashboard: OpenDashboard;
  beforeAll(async () => {
    dashboard = await openDashboard();
  }, 60_000);
  afterAll(() => dashboard?.close());

  it("tells whoever is not signed in how to get in", async () => {
    const { page, complaints } = await dashboard.newPage();
    await page.goto("/credentials");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "sign-in");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("is looked at by something that finds a button without a name, and text that only the dark theme hides", async () => {
    const { page } = await dashboard.newPage();
    await page.goto("/");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.evaluate(`
      document.querySelector("main").append(document.createElement("button"), "only in the dark");
      document.querySelector("main").style.color = "#000";
    `);
    const barriers = (await findBarriersInBothThemes(page)).map((barrier) => barrier.split(": ").slice(0, 2).join(" "));
    expect([...new Set(barriers)].sort()).toEqual(["dark color-contrast", "light button-name"]);
  }, 60_000);

  it("leads from place to place", async () => {
    const { page, complaints } = await dashboard.signIn("/marketplace");
    await page.getByRole("link", { name: "Credentials" }).click();
    await page.waitForURL("**/credentials");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("signs out, and shows nothing afterwards", async () => {
    const { page, complaints } = await dashboard.signIn("/marketplace");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto("/credentials");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it.each(["null", "[]", '{"error":"bad gateway"}'])(
    "says that something in front of the server answered, where that says %s",
    async (body) => {
      const { page } = await dashboard.signIn("/marketplace");
      await page.route("**/api/v1/credentials?*", (route) =>
        route.fulfill({ status: 400, contentType: "application/json", body }),
      );
      await page.getByRole("link", { name: "Credentials" }).click();
      await page.getByText("The response could not be read").waitFor({ timeout: 15_000 });
      await page.getByText("Something in front of the server answered with status 400.").waitFor();
    },
    60_000,
  );

  it("says that something in front of the server redirected, and does not follow it", async () => {
    const { page } = await dashboard.signIn("/marketplace");
    await page.route("**/api/v1/credentials?*", (route) =>
      route.fulfill({ status: 302, headers: { location: "/healthz" }, body: "" }),
    );
    await page.getByRole("link", { name: "Credentials" }).click();
    await page.getByText("Something in front of the server redirected the request.").waitFor({ timeout: 15_000 });
  }, 60_000);

  describe("when the file of a page does not come", () => {
    const file = "**/assets/credentials-page-*.js";

    /** How often the whole page is loaded from now on; going from place to place within it is no load. */
    function countLoads(page: Page): () => number {
      let loads = 0;
      page.on("domcontentloaded", () => {
        loads += 1;
      });
      return () => loads;
    }

    it("keeps the menu, and reloads the page automatically, once", async () => {
      const { page } = await dashboard.signIn("/marketplace");
      const loads = countLoads(page);
      // As after an upgrade: the file is gone from the server, and the page as it is now knows the new one.
      await page.route(file, (route) => route.fulfill({ status: 404, body: "" }), { times: 1 });
      await page.getByRole("link", { name: "Credentials" }).click();
      await page.getByRole("heading", { name: "No credential yet" }).waitFor();
      expect(new URL(page.url()).pathname).toBe("/credentials");
      expect(loads()).toBe(1);
    }, 60_000);

    it("does not load it again and again where that does not help, and the other pages stay within reach", async () => {
      const { page } = await dashboard.signIn("/marketplace");
      const loads = countLoads(page);
      await page.route(file, (route) => route.fulfill({ status: 404, body: "" }));
      await page.getByRole("link", { name: "Credentials" }).click();
      await page.waitForEvent("domcontentloaded");
      await page.getByText("This page could not be loaded").waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await overflowWhenNarrow(page)).toBe(0);
      await takeScreenshots(page, "part-missing");
      await page.getByRole("link", { name: "Marketplace" }).click();
      await page.getByRole("heading", { name: "Marketplace" }).waitFor();
      await page.getByRole("link", { name: "Credentials" }).click();
      await page.getByText("This page could not be loaded").waitFor();
      expect(loads()).toBe(1);
      await page.unroute(file);
      await page.getByRole("button", { name: "Reload the page" }).click();
      await page.getByRole("heading", { name: "No credential yet" }).waitFor();
    }, 60_000);

    it("waits for the server while it is away, and continues when it is back", async () => {
      const { page } = await dashboard.signIn("/marketplace");
      await page.getByRole("heading", { name: "Marketplace" }).waitFor();
      await page.context().setOffline(true);
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByText("This page could not be loaded").waitFor();
      expect(await page.getByRole("link", { name: "Operations" }).count()).toBe(1);
      // It answers again, but cannot do its work yet.
      const asked = page.waitForResponse("**/readyz");
      await page.route("**/readyz", (route) => route.fulfill({ status: 503, json: { status: "store_unavailable" } }), {
        times: 2,
      });
      await page.context().setOffline(false);
      expect((await asked).status()).toBe(503);
      await page.getByText("This page could not be loaded").waitFor();
      await page.getByRole("heading", { name: "OAuth apps" }).waitFor();
    }, 60_000);
  });

  it("loads at most 290 kB of JavaScript with a form, 350 kB with an editor, and 220 kB with neither, before anything is pressed", async () => {
    await dashboard.server.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("first load") });
    const { page } = await dashboard.signIn();
    const kilobytes = async (path: string) => {
      await page.goto(path, { waitUntil: "networkidle" });
      const loaded = (await page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)",
      )) as string[];
      const scripts = [...new Set(loaded.filter((name) => name.endsWith(".js")))];
      expect(scripts.length).toBeGreaterThan(2);
      expect(await findBarriersOfStyles(page)).toEqual([]);
      return scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(BUILT, name))).length, 0) / 1000;
    };
    expect(await kilobytes("/operations/list_opportunities")).toBeLessThanOrEqual(290);
    expect(await kilobytes("/workflows/new")).toBeLessThanOrEqual(350);
    for (const path of [
      "/marketplace",
      "/marketplace/lever",
      "/credentials?add",
      "/activity",
      "/settings/oauth-apps",
      "/workflows",
      "/runs",
    ])
      expect([path, (await kilobytes(path)) <= 220]).toEqual([path, true]);
  }, 60_000);
});

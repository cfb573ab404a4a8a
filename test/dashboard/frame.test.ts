import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { findBarriers } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
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
});

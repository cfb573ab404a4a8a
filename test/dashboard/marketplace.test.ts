import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadConnector } from "../../connector/manifest.ts";
import { addByKey } from "./support/credential-steps.ts";
import { findBarriers } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

const { manifest } = loadConnector();

describe("the marketplace", () => {
  let dashboard: OpenDashboard;
  beforeAll(async () => {
    dashboard = await openDashboard();
  }, 60_000);
  afterAll(() => dashboard?.close());

  it("is where one is after signing in, and counts the credentials of each connector", async () => {
    const { page, complaints } = await dashboard.signIn();
    await page.getByText("No credential yet").waitFor();
    expect(new URL(page.url()).pathname).toBe("/marketplace");
    await addByKey(page, "counted");
    await page.getByRole("link", { name: "Marketplace" }).click();
    await page.getByText("1 credential", { exact: true }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "marketplace");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("finds by words and by category, and says so where nothing is found", async () => {
    const { page } = await dashboard.signIn("/marketplace");
    const search = page.getByRole("searchbox", { name: "Search connectors" });
    await search.fill("recruiting tags");
    await page.getByText("1 connector", { exact: true }).waitFor();
    await search.fill("payroll");
    await page.getByText("No connector matches").waitFor();
    await page.getByRole("button", { name: "Show all connectors" }).click();
    await page.locator("label", { hasText: "Identity verification" }).click();
    await page.getByText("1 connector", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Lever", exact: true }).click();
    await page.waitForURL("**/marketplace/lever");
  }, 60_000);

  it("shows all that the manifest says of a connector", async () => {
    const { page, complaints } = await dashboard.signIn("/marketplace/lever");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const text = (await page.getByRole("main").innerText()).replace(/\s+/g, " ");
    const { tagline, overview, categories, benefits, features, prerequisites, setup, usage, faq, links } = manifest.listing;
    const told = [...benefits, ...features, ...setup, ...usage].flatMap((point) => [point.title, point.text]);
    const operations = Object.entries(manifest.operations).flatMap(([name, { title }]) => [name, title]);
    for (const words of [tagline, overview, ...categories, ...told, ...prerequisites, ...operations, manifest.version])
      expect(text).toContain(words);
    for (const { question } of faq) expect(text).toContain(question);
    for (const { title, url } of links) {
      const link = page.getByRole("link", { name: title });
      expect([await link.getAttribute("href"), await link.getAttribute("rel")]).toEqual([
        url,
        expect.stringContaining("noopener"),
      ]);
    }
    expect(await findBarriers(page)).toEqual([]);
    await takeScreenshots(page, "listing");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("tells of an operation what it does, what it needs, takes and gives, and leads to trying it", async () => {
    const { page, complaints } = await dashboard.signIn("/marketplace/lever");
    await page.getByRole("button", { name: /^Add Opportunity Tags/ }).click();
    const input = page.getByRole("table", { name: "Input" });
    const tags = input.getByRole("row").filter({ hasText: "Tags to append" });
    expect(await tags.innerText()).toMatch(/tags\s+Required\s+list of text\s+Tags to append.+1 to 100 of them/s);
    expect(await input.getByRole("row").filter({ hasText: "Replaces the ids" }).innerText()).toContain("followers");
    const output = page.getByRole("table", { name: "Output" });
    await output.getByRole("button", { name: "Fields of data.contact" }).click();
    await output.getByText("Email addresses.", { exact: true }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "listing-operation");
    await page.getByRole("link", { name: "Try it: Add Opportunity Tags" }).click();
    await page.waitForURL("**/operations/add_opportunity_tags");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("answers a question where it is asked", async () => {
    const { page } = await dashboard.signIn("/marketplace/lever");
    const [first] = manifest.listing.faq;
    await page.getByRole("button", { name: first?.question ?? "" }).click();
    await page.getByText(first?.answer ?? "").waitFor();
  }, 60_000);

  it("does not know a connector that there is not", async () => {
    const { page } = await dashboard.signIn("/marketplace/nothing");
    await page.getByText("There is no page at this address").waitFor();
  }, 60_000);

  it("leads to a new credential", async () => {
    const { page } = await dashboard.signIn("/marketplace/lever");
    await page.getByRole("link", { name: "Add credential" }).first().click();
    await page.getByRole("dialog", { name: "Add a credential" }).waitFor();
  }, 60_000);
});

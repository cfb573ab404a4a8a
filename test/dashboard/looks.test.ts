import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { findBarriers } from "./support/find-barriers.ts";
import { findCutTexts } from "./support/find-cut-texts.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

const LONG = "Lever for the verification of candidates in Europe, the Middle East and Africa (all departments)";
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const THEMES = ["light", "dark"] as const;
/** Light and wide, dark and narrow: each theme and each width once. */
const isFirstOf = (theme: string, size: typeof WIDE) => (theme === "light") === (size === WIDE);

describe("what people see, in states that a page has only while it is used", () => {
  let dashboard: OpenDashboard;
  let opportunity: string;

  beforeAll(async () => {
    dashboard = await openDashboard({ playground: { opportunities: 12 } });
    const { server } = dashboard;
    const world = server.playground?.playground.world;
    opportunity = world?.opportunities.rows.find(({ tags }) => tags.length > 1)?.id as string;
    await server.call("POST", "/api/v1/credentials", {
      key: ADMIN,
      body: { ...playgroundCredential(LONG), defaultPerformAs: [...(world?.userById.keys() ?? [])][0] },
    });
    await server.call("POST", "/api/v1/projects", {
      key: ADMIN,
      body: { name: "Talent and compliance in Europe, the Middle East and Africa" },
    });
  }, 60_000);
  afterAll(() => dashboard?.close());

  /** @param withBarriers false where the other theme and width is looked at for them; texts are cut by the width alone */
  async function look(page: Page, name: string, withBarriers = true): Promise<void> {
    // A window that was resized is laid out in the next frame, and the frame of the page moves into its new place.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
    const barriers = withBarriers ? await findBarriers(page) : [];
    expect({ name, cut: await findCutTexts(page), barriers }).toEqual({ name, cut: [], barriers: [] });
  }

  it.each(THEMES)(
    "tags, methods and states can be read wherever they stand (%s)",
    async (colorScheme) => {
      const { page, complaints } = await dashboard.signIn("/operations/list_opportunities", {
        colorScheme,
        reducedMotion: "reduce",
      });
      await page.getByRole("button", { name: "Run", exact: true }).click();
      const row = page.getByRole("row").nth(3);
      await row.waitFor();
      for (const size of [WIDE, NARROW]) {
        await page.setViewportSize(size);
        await row.hover();
        await look(page, `a list, ${size.width} pixels wide`, isFirstOf(colorScheme, size));
      }
      if (colorScheme === "light") await takeScreenshots(page, "looks-list");

      await page.setViewportSize(WIDE);
      await page.goto("/operations/add_opportunity_tags");
      await page.getByRole("textbox", { name: "Opportunity" }).fill(opportunity);
      await page
        .getByRole("combobox", { name: "Tags to add" })
        .fill("Verified by a provider whose name is longer than what any table has room for");
      await page.getByRole("option", { name: /as it is typed/ }).click();
      await page.getByRole("button", { name: /^Remove Verified/ }).waitFor();
      await page.getByRole("button", { name: "Dry run" }).click();
      await page.getByRole("heading", { name: "Nothing was sent" }).waitFor();
      for (const size of [WIDE, NARROW]) {
        await page.setViewportSize(size);
        await look(page, `a dry run, ${size.width} pixels wide`, isFirstOf(colorScheme, size));
      }
      expect(await overflowWhenNarrow(page)).toBe(0);
      if (colorScheme === "light") await takeScreenshots(page, "looks-dry-run");
      await page.goto("/credentials");
      await page.getByText(LONG).first().hover();
      await look(page, "the credentials");
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    120_000,
  );

  it.each(THEMES)(
    "what is highlighted or pointed at can be read (%s)",
    async (colorScheme) => {
      const { page } = await dashboard.signIn("/operations/add_opportunity_tags", { colorScheme, reducedMotion: "reduce" });
      const projects = page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: /Default/ });
      await projects.hover();
      await look(page, "the project switch, pointed at");
      await projects.click();
      await page.keyboard.press("ArrowDown");
      await page.getByRole("menuitem", { name: /Talent and compliance/ }).hover();
      await look(page, "the project switch, open");
      await page.keyboard.press("Escape");

      const user = page.getByRole("combobox", { name: "Perform as" });
      await user.click();
      await page.getByRole("option").nth(2).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.locator("[role=option][data-combobox-selected]").waitFor();
      await look(page, "a pick list with a highlighted user");
      if (colorScheme === "light") await takeScreenshots(page, "looks-pick-list");
      await page.keyboard.press("Enter");
      await page.getByText("Expand", { exact: true }).click();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await look(page, "a choice of several with one highlighted");
      await page.context().close();
    },
    120_000,
  );

  it.each([
    ["wide", WIDE],
    ["narrow", NARROW],
  ])(
    "every dialog shows its buttons as it opens (%s)",
    async (_name, viewport) => {
      const { page } = await dashboard.signIn("/credentials?add", { viewport, reducedMotion: "reduce" });
      const dialog = page.getByRole("dialog");
      await dialog.getByText("offline_access").waitFor();
      await expectInSight(page, dialog.getByRole("button", { name: "Cancel" }));
      await expectInSight(page, dialog.locator("button[type=submit]"));
      await look(page, "the dialog that adds a credential");
      await dialog.getByRole("radio", { name: /^API key/ }).check();
      await expectInSight(page, dialog.locator("button[type=submit]"));
      await page.goto("/settings/api-keys");
      await page.getByRole("button", { name: "Create a key" }).click();
      await expectInSight(page, dialog.locator("button[type=submit]"));
      await look(page, "the dialog that creates an API key");
      await page.context().close();
    },
    60_000,
  );

  it("keeps what it leads to below the header of a narrow screen", async () => {
    const { page } = await dashboard.signIn("/credentials", { viewport: NARROW, reducedMotion: "reduce" });
    const header = await page.locator("header").first().boundingBox();
    const below = (header?.y ?? 0) + (header?.height ?? 0);
    await page.getByRole("link", { name: LONG }).first().click();
    const title = page.getByRole("heading", { level: 1, name: LONG });
    await title.waitFor();
    expect((await title.boundingBox())?.y).toBeGreaterThanOrEqual(below);
    // Focus and anchors scroll as little as they can: from below, to the upper edge.
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.evaluate("document.querySelector('h1').scrollIntoView()");
    expect((await title.boundingBox())?.y).toBeGreaterThanOrEqual(below);
    await page.goto(`/operations/retrieve_opportunity`);
    await page.getByRole("textbox", { name: "Opportunity" }).fill(opportunity);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const card = page.getByRole("heading", { level: 3 }).first();
    await card.waitFor();
    await look(page, "a candidate");
    await page.context().close();
  }, 60_000);

  async function expectInSight(page: Page, button: ReturnType<Page["locator"]>): Promise<void> {
    await button.waitFor();
    const box = await button.boundingBox();
    const height = page.viewportSize()?.height ?? 0;
    expect(box).not.toBeNull();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
  }
});

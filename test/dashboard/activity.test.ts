import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { findBarriersInBothThemes } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

let dashboard: OpenDashboard;
let credential: string;
let opportunity: string;
beforeAll(async () => {
  dashboard = await openDashboard({ playground: { opportunities: 12 } });
  const { server } = dashboard;
  const world = server.playground?.playground.world;
  opportunity = world?.opportunities.rows[0]?.id as string;
  const body = { ...playgroundCredential("Activity account"), defaultPerformAs: [...(world?.userById.keys() ?? [])][0] };
  credential = (await server.call("POST", "/api/v1/credentials", { key: ADMIN, body })).body.id;
}, 60_000);
afterAll(() => dashboard?.close());

const write = (operation: string, tags: string[], target = opportunity) =>
  dashboard.server.call("POST", `/api/v1/operations/${operation}`, {
    key: ADMIN,
    body: { credential, input: { opportunity_id: target, tags } },
  });

describe("the Activity page", () => {
  it("says that nothing was written yet, shows what is written after a reload, with its detail, and narrows it by filters", async () => {
    const { page, complaints } = await dashboard.signIn("/activity");
    await page.getByRole("heading", { name: "No writes yet" }).waitFor();
    await write("add_opportunity_tags", ["Verified", "Relocation checked"]);
    await write("remove_opportunity_tags", ["Verified"]);
    await write("add_opportunity_tags", ["x"], "00000000-0000-4000-8000-000000000000");
    await page.getByRole("button", { name: "Reload" }).click();
    const table = page.getByRole("table", { name: "Writes" });
    await table.getByText("Failed").waitFor();
    expect(await table.getByRole("row").count()).toBe(4);
    expect(await table.innerText()).toMatch(/Removed Verified[\s\S]*Added Verified, Relocation checked/);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "activity");

    await page.getByRole("combobox", { name: "Outcome" }).click();
    await page.getByRole("option", { name: "Failed" }).click();
    await page.getByText("1 write", { exact: true }).waitFor();
    expect(page.url()).toContain("outcome=failed");
    await table.getByRole("button").click();
    const detail = page.getByRole("dialog", { name: "Write" });
    await detail.getByText("the admin token").waitFor();
    expect(await detail.innerText()).toMatch(/It had no effect[\s\S]*Activity account[\s\S]*req_/);
    await takeScreenshots(page, "activity-detail");
    await page.keyboard.press("Escape");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("exports what the filters show, as CSV and as NDJSON", async () => {
    const { page } = await dashboard.signIn("/activity?operation=remove_opportunity_tags");
    await page.getByText("1 write", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: "CSV, for spreadsheets" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("writes.csv");
  }, 60_000);

  it("is linked from a credential, narrowed to it", async () => {
    const { page } = await dashboard.signIn(`/credentials/${credential}`);
    await page.getByRole("main").getByRole("link", { name: "Activity", exact: true }).click();
    await page.getByRole("table", { name: "Writes" }).waitFor();
    expect(page.url()).toContain(`/activity?credential=${credential}`);
  }, 60_000);

  it("says what failed, and offers to read again", async () => {
    const { page } = await dashboard.signIn("/marketplace");
    await page.route("**/api/v1/writes*", (route) => route.abort());
    await page.goto("/activity");
    await page.getByRole("alert").waitFor({ timeout: 20_000 });
    expect(await page.getByRole("button", { name: "Reload this part" }).count()).toBe(1);
  }, 60_000);
});

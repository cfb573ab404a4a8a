import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { CONNECTORS_DIR } from "../support/json-schemas.ts";
import { QUILL_KEY, type Quill, startQuill } from "../support/quill.ts";
import { findBarriersInBothThemes } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

describe("a second connector, of CONNECTORS_DIR", () => {
  let quill: Quill;
  let folder: string;
  let dashboard: OpenDashboard;
  beforeAll(async () => {
    quill = await startQuill();
    folder = mkdtempSync(join(tmpdir(), "two-connectors-"));
    const file = join(folder, "environments.json");
    writeFileSync(file, JSON.stringify({ notebook: { connector: "quill", api: quill.api, title: "Notebook" } }));
    dashboard = await openDashboard({ env: { CONNECTORS_DIR, ENVIRONMENTS_FILE: file } });
    await dashboard.server.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("of Lever") });
  }, 60_000);
  afterAll(async () => {
    await dashboard?.close();
    await quill?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is found in the marketplace, connected by its key, tested, and used with its own pick list", async () => {
    const { page, complaints } = await dashboard.signIn("/marketplace");
    await page.locator("a[href='/marketplace/lever']").first().waitFor();
    await page.locator("a[href='/marketplace/quill']").first().click();
    await page.getByRole("heading", { level: 1, name: "Quill" }).waitFor();

    // Its page leads to a form in which it is chosen already.
    await page.getByRole("link", { name: "Add credential" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Nickname").waitFor();
    expect(await dialog.getByRole("radio", { name: /^Quill/ }).isChecked()).toBe(true);
    await dialog.getByLabel("Nickname").fill("of Quill");
    await dialog.getByRole("radio", { name: /^Notebook/ }).check();
    await dialog.getByRole("textbox", { name: "API key" }).fill(QUILL_KEY);
    await takeScreenshots(page, "two-connectors-add");
    await dialog.getByRole("button", { name: "Save and test" }).click();
    await dialog.getByText("Usable", { exact: true }).waitFor();
    expect(quill.seen.at(-1)?.authorization).toBe(`Bearer ${QUILL_KEY}`);
    await page.keyboard.press("Escape");

    // The list says whose each is, and narrows to environments of either.
    await page.getByRole("row", { name: /of Quill.*Quill · Notebook/ }).waitFor();
    await page.getByRole("row", { name: /of Lever.*Lever · Playground/ }).waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "two-connectors-credentials");
    await page.getByRole("combobox", { name: "Environment" }).click();
    await page.getByRole("option", { name: "Notebook" }).click();
    await page.getByText("1 found", { exact: true }).waitFor();
    await page.getByRole("link", { name: "of Quill" }).waitFor();

    await page.goto("/operations/create_tag?connector=quill");
    await page.getByRole("textbox", { name: "Name" }).fill("From the dashboard");
    await page.getByRole("combobox", { name: "Below" }).click();
    await page.getByRole("option", { name: "Archive" }).click();
    await takeScreenshots(page, "two-connectors-operation");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("region", { name: "Result" }).getByRole("heading", { name: "From the dashboard" }).waitFor();
    expect(quill.tags.at(-1)).toMatchObject({ name: "From the dashboard", parent_id: "tag_1" });
    expect(complaints).toEqual([]);
  }, 60_000);
});

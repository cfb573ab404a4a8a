import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { loadConnector } from "../../connector/manifest.ts";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { findBarriers, findBarriersInBothThemes } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

/** Forms with fields inside of fields: lists of records, and objects. */
const NESTED = ["create_opportunity", "update_contact", "create_posting", "update_posting"];

describe("the forms of operations, in a real browser", () => {
  let open: OpenDashboard;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    open = await openDashboard({ playground: { opportunities: 40 } });
    const defaultPerformAs = [...lever().world.userById.keys()][0] as string;
    await open.server.call("POST", "/api/v1/credentials", {
      key: ADMIN,
      body: { ...playgroundCredential("demo"), defaultPerformAs },
    });
    ({ page, complaints } = await open.signIn("/operations"));
  }, 60_000);
  afterAll(() => open?.close());
  beforeEach(() => {
    lever().ledger.clear();
    complaints.length = 0;
  });

  const lever = () => (open.server.playground as NonNullable<typeof open.server.playground>).playground;
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const textbox = (name: string) => page.getByRole("textbox", { name, exact: true });
  /** The library says each error once more, out of sight. */
  const missing = () => page.getByText("is required", { exact: true }).filter({ visible: true });
  const answer = () => page.getByRole("region", { name: "Result" });

  async function go(operation: string): Promise<void> {
    await page.goto(`/operations/${operation}`);
    await button("Run").waitFor();
  }

  it("have no barriers and fit a narrow window, lists of records and objects included", async () => {
    for (const operation of NESTED) {
      await go(operation);
      for (const add of await page.getByRole("button", { name: /^Add (phone number|list)$/ }).all()) await add.click();
      // They are made of the same fields: one of them is looked at in the dark as well.
      const find = operation === "create_opportunity" ? findBarriersInBothThemes : findBarriers;
      expect([operation, await find(page)]).toEqual([operation, []]);
      expect([operation, await overflowWhenNarrow(page)]).toEqual([operation, 0]);
      await takeScreenshots(page, `form-${operation}`);
    }
    expect(complaints).toEqual([]);
  }, 60_000);

  it("open for every operation", async () => {
    await go("list_stages");
    const operations = page.getByRole("navigation", { name: "Operations" });
    for (const { declaration, name } of loadConnector().operations.values()) {
      await operations.getByRole("link", { name: declaration.title, exact: true }).click();
      await page.waitForURL(`**/operations/${name}`);
      await page.getByRole("heading", { name: declaration.title, exact: true }).first().waitFor();
      await button("Run").waitFor();
    }
    expect(complaints).toEqual([]);
  }, 60_000);

  it("send records and objects as they are filled in, and nothing of what is left empty", async () => {
    await go("create_opportunity");
    await textbox("Name").fill("Nadia Example");
    await button("Add phone number").click();
    await button("Add phone number").click();
    const first = page.getByRole("group", { name: "phone number 1", exact: true });
    await first.getByRole("textbox", { name: "Number" }).fill("+43 1 5550100");
    await button("Run").click();
    await missing().waitFor();
    expect(lever().ledger.since(0)).toEqual([]);
    await button("Remove phone number 2").click();
    await first.getByRole("combobox", { name: "Type" }).click();
    await page.getByRole("option", { name: "mobile" }).click();
    await button("Run").click();
    await answer().waitFor();
    const [effect] = lever().ledger.since(0);
    const created = lever().world.opportunityById.get(effect?.opportunityId as string);
    expect(created?.contact).toMatchObject({ name: "Nadia Example", phones: [{ type: "mobile", value: "+43 1 5550100" }] });
    expect(created?.archived).toBeNull();
  }, 60_000);

  it("send a field empty where somebody says so, to clear it, and else leave it as it is", async () => {
    const contact = [...lever().world.contactById.values()].find(({ headline, emails }) => headline !== "" && emails.length > 0);
    const { id, name, phones } = contact as NonNullable<typeof contact>;
    await go("update_contact");
    await textbox("Contact").fill(id);
    for (const field of ["Headline", "Email addresses", "Phone numbers"])
      await page.getByRole("checkbox", { name: `Send empty: ${field}` }).check();
    await page.getByRole("checkbox", { name: "Send empty: Phone numbers" }).uncheck();
    // What is filled in is sent, whatever was chosen before.
    await page.getByRole("checkbox", { name: "Send empty: Location" }).check();
    await textbox("Location").fill("Vienna");
    expect(await page.getByRole("checkbox", { name: "Send empty: Location" }).isDisabled()).toBe(true);
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "form-send-empty");
    await button("Run").click();
    await answer().waitFor();
    expect(lever().world.contactById.get(id)).toMatchObject({ name, phones, headline: "", emails: [], location: "Vienna" });
    expect(lever().ledger.since(0)).toMatchObject([{ effect: "contact.updated", contactId: id }]);
    // Nothing is cleared by a field that was filled in and emptied again.
    await textbox("Location").fill("");
    await page.getByRole("checkbox", { name: "Send empty: Headline" }).uncheck();
    await page.getByRole("checkbox", { name: "Send empty: Email addresses" }).uncheck();
    await textbox("Name").fill("Nadia Example");
    await button("Dry run").click();
    const preview = await page.getByRole("region", { name: "Dry run" }).innerText();
    expect(preview).toContain("Nadia Example");
    expect(preview).not.toMatch(/location|headline|emails/);
    // A creation leaves out what is empty: there is nothing to clear.
    await go("create_opportunity");
    expect(await page.getByRole("checkbox", { name: /^Send empty/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
  }, 60_000);

  it("say at the field what is missing of an object that was begun", async () => {
    await go("create_posting");
    await textbox("Title").fill("Data Engineer");
    const range = page.getByRole("group", { name: "Salary range" });
    await range.getByRole("textbox", { name: "From" }).fill("60000");
    await button("Run").click();
    await missing().first().waitFor();
    expect(await missing().count()).toBe(3);
    await range.getByRole("textbox", { name: "From" }).fill("");
    await button("Run").click();
    await answer().waitFor();
    expect(lever().ledger.since(0)).toMatchObject([{ effect: "posting.created" }]);
  }, 60_000);

  /** Presses a button with the mouse where it stands now, as a person does: nothing waits until the page has come to rest. */
  async function press(name: string): Promise<void> {
    const box = await button(name).boundingBox();
    if (box === null) throw new Error(`${name} is not in sight`);
    await page.mouse.move(box.x + box.width / 2, box.y + 3);
    await page.mouse.down();
    // So long that the page draws what the press has changed.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await page.mouse.up();
  }

  it.each([
    ["create_opportunity", "Email addresses", `${"long".repeat(12)}@example.com`],
    ["list_opportunities", "Tags", "a tag that is so new and so long that it needs a line of its own ".repeat(2).trim()],
  ])(
    "take what is typed into a list (%s), and the press that leaves it counts",
    async (operation, label, typed) => {
      await page.setViewportSize({ width: 390, height: 4500 });
      await go(operation);
      if (operation === "create_opportunity") await textbox("Name").fill("Nadia Example");
      const list = page.getByLabel(label, { exact: true }).filter({ visible: true }).last();
      await list.fill(typed);
      await button("Dry run").scrollIntoViewIfNeeded();
      const before = await button("Dry run").boundingBox();
      const sent = page.waitForRequest((request) => request.postData()?.includes(typed) ?? false);
      await Promise.all([sent, press("Dry run")]);
      // The field has grown meanwhile, and moved the button away.
      expect((await button("Dry run").boundingBox())?.y).toBeGreaterThan((before?.y ?? 0) + 10);
      await page.setViewportSize({ width: 1280, height: 900 });
      expect(complaints).toEqual([]);
    },
    60_000,
  );
});

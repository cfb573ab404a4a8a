import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type OpenDashboard, openDashboard, type WatchedPage } from "./support/open-dashboard.ts";

let open: OpenDashboard;
let watched: WatchedPage;

beforeAll(async () => {
  open = await openDashboard({ playground: { opportunities: 120 } });
  watched = await open.newPage();
}, 60_000);
afterAll(() => open?.close());

it("leads a newcomer from the printed link to a tag in Lever, by OAuth", async () => {
  const { page, complaints } = watched;
  const { server } = open;
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
  const answer = page.getByRole("region", { name: "Result" });

  // First start: the link that the server prints.
  const link = /http\S+\/access\?token=\S+/.exec(await server.welcome())?.[0] as string;
  await page.goto(link);
  await button("Sign in").click();
  await page.getByRole("heading", { name: "Marketplace" }).waitFor();

  // The listing, and a credential by consent.
  await page.locator("a[href='/marketplace/lever']").first().click();
  await page.waitForURL("**/marketplace/lever");
  await page
    .getByRole("button", { name: "Add credential" })
    .or(page.getByRole("link", { name: "Add credential" }))
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Nickname").fill("Lever for verification");
  await dialog.getByRole("button", { name: "Continue to Lever" }).click();
  await page.getByRole("button", { name: "Approve" }).click();
  await page.waitForURL(`${server.services.publicUrl}/credentials/cred_*`);
  await page.getByRole("heading", { name: "Lever for verification" }).waitFor();

  // Its test.
  await button(/Run the test|Test again/)
    .first()
    .click();
  await page.getByText("round trip", { exact: false }).first().waitFor();

  // List, retrieve.
  await page.getByRole("link", { name: "Operations" }).click();
  await page.waitForURL("**/operations/list_opportunities");
  await button("Run").click();
  await answer
    .getByRole("button", { name: /^Actions for/ })
    .nth(1)
    .click();
  await page.getByRole("menuitem", { name: "Retrieve Opportunity" }).click();
  await page.waitForURL("**/operations/retrieve_opportunity");
  const id = await page.getByRole("textbox", { name: "Opportunity" }).inputValue();
  await button("Run").click();
  await answer.getByRole("heading", { level: 3 }).waitFor();

  // Add a tag, remove it.
  for (const [operation, field] of [
    ["Add Opportunity Tags", "Tags to add"],
    ["Remove Opportunity Tags", "Tags to remove"],
  ] as const) {
    await answer.getByRole("button", { name: operation }).click();
    const tags = page.getByRole("combobox", { name: field });
    await tags.fill("Verified in the walk");
    await page.getByRole("option", { name: "Verified in the walk" }).first().click();
    await page.keyboard.press("Escape");
    await button("Run").click();
    await answer.getByRole("heading", { level: 3 }).waitFor();
  }

  // What Lever says, by its ledger: on this opportunity, in the name of who approved.
  const lever = server.playground?.playground;
  const effects = lever?.ledger.since(0).filter(({ tags }) => tags?.includes("Verified in the walk")) ?? [];
  expect(effects.map(({ effect }) => effect)).toEqual(["opportunity.tags_added", "opportunity.tags_removed"]);
  expect(new Set(effects.map(({ performAs }) => performAs)).size).toBe(1);
  expect(lever?.world.userById.has(String(effects[0]?.performAs))).toBe(true);
  expect(JSON.stringify(effects)).toContain(id);
  expect(complaints).toEqual([]);

  // The link has been used up.
  await page.goto(link);
  await page.getByText("does not work any more").waitFor();
}, 120_000);

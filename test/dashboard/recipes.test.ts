import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { CONNECTORS_DIR } from "../support/json-schemas.ts";
import { until } from "../support/until.ts";
import { findBarriersInBothThemes } from "./support/find-barriers.ts";
import { findCutTexts } from "./support/find-cut-texts.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

let dashboard: OpenDashboard;
let user: string;

beforeAll(async () => {
  dashboard = await openDashboard({ playground: { opportunities: 30 }, env: { CONNECTORS_DIR } });
  user = [...(dashboard.server.playground?.playground.world.userById.keys() ?? [])][0] as string;
}, 60_000);
afterAll(() => dashboard?.close());

const api = (method: string, path: string, body?: unknown) =>
  dashboard.server.call(method, `/api/v1${path}`, { key: ADMIN, body });

it("a person fills in a recipe and publishes what it comes to, as it is", async () => {
  await api("POST", "/credentials", { ...playgroundCredential("Main account"), defaultPerformAs: user });
  const { page, complaints } = await dashboard.signIn("/workflows");
  await page.getByRole("link", { name: "New workflow" }).click();
  await page.getByRole("link", { name: "Empty workflow" }).waitFor();
  // Each of every connector, with the connector's name: the second one declares its own.
  expect(await page.getByRole("main").innerText()).toMatch(
    /Verification write-back[\s\S]*Lever[\s\S]*A tag for every week[\s\S]*Quill/,
  );
  expect(await findBarriersInBothThemes(page)).toEqual([]);
  expect(await findCutTexts(page)).toEqual([]);
  expect(await overflowWhenNarrow(page)).toBe(0);
  await takeScreenshots(page, "workflow-start");

  await page.getByRole("link", { name: "Verification write-back" }).click();
  // The only credential is chosen, and lists are read with it.
  await page.getByRole("combobox", { name: "Credential" }).waitFor();
  expect(await page.getByRole("combobox", { name: "Credential" }).inputValue()).toContain("Main account");
  expect(await page.getByPlaceholder("Verified if left empty").count()).toBe(1);
  await page.getByRole("combobox", { name: "Tag for declined" }).fill("Identity failed");
  await page.getByRole("option", { name: /Identity failed/ }).click();
  expect(await findBarriersInBothThemes(page)).toEqual([]);
  expect(await findCutTexts(page)).toEqual([]);
  expect(await overflowWhenNarrow(page)).toBe(0);
  await takeScreenshots(page, "workflow-recipe");
  await page.getByRole("button", { name: "Create the draft" }).click();
  await page
    .getByRole("list", { name: "Steps" })
    .getByRole("listitem", { name: /Read it back/ })
    .waitFor();
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await page.getByText("Version 1", { exact: true }).waitFor();
  const { definition, published } = (await api("GET", "/workflows/verification-write-back")).body;
  expect([published, JSON.stringify(definition)]).toEqual([1, expect.stringContaining("'Identity failed'")]);
  expect(complaints).toEqual([]);
}, 120_000);

it("says at the field what is missing, and what the server finds wrong with it", async () => {
  await api("POST", "/credentials", playgroundCredential("Without a user"));
  const { page } = await dashboard.signIn("/workflows/start/lever/tag-hygiene-sweep");
  await page.getByRole("button", { name: "Create the draft" }).click();
  await page
    .getByText(/is required/)
    .first()
    .waitFor();
  await takeScreenshots(page, "workflow-recipe-missing");
  await page.getByRole("combobox", { name: "Credential" }).click();
  await page.getByRole("option", { name: /Without a user/ }).click();
  await page.getByRole("combobox", { name: "Tags to remove" }).fill("Old");
  await page.getByRole("option", { name: /Old/ }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Create the draft" }).click();
  await page
    .getByText(/needs a user that the write is recorded for/)
    .first()
    .waitFor();
  expect((await api("GET", "/workflows/tag-hygiene-sweep")).status).toBe(404);
  await takeScreenshots(page, "workflow-recipe-refused");
}, 60_000);

it("adds a destination where a recipe needs one and there is none, and keeps what was typed", async () => {
  const { page, complaints } = await dashboard.signIn("/workflows/start/lever/stuck-verification-reminder");
  await page.getByLabel("Days").fill("12");
  await page.getByRole("combobox", { name: "Destination" }).click();
  await page.getByText("There is no destination yet").waitFor();
  await page.getByRole("button", { name: "Add a destination" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Reminders");
  await dialog.getByLabel("URL").fill("https://reminders.example.com/hooks");
  await dialog.getByRole("button", { name: "Add the destination" }).click();
  await dialog.getByRole("button", { name: "I have saved the secret" }).click();
  await dialog.waitFor({ state: "detached" });
  await until(async () => (await page.getByRole("combobox", { name: "Destination" }).inputValue()) === "Reminders");
  expect(await page.getByLabel("Days").inputValue()).toBe("12");
  expect(await findBarriersInBothThemes(page)).toEqual([]);
  expect(await overflowWhenNarrow(page)).toBe(0);
  await takeScreenshots(page, "workflow-recipe-destination");
  await page.getByRole("combobox", { name: "Credential" }).click();
  await page.getByRole("option", { name: /Main account/ }).click();
  await page.getByRole("button", { name: "Create the draft" }).click();
  await page.getByRole("list", { name: "Steps" }).waitFor();
  const { definition } = (await api("GET", "/workflows/stuck-verification-reminder")).body;
  expect(JSON.stringify(definition)).toMatch(/"destination":"dest_\w+"/);
  expect(complaints).toEqual([]);
}, 90_000);

it("says that a recipe is not there", async () => {
  const { page } = await dashboard.signIn("/workflows/start/lever/nothing");
  await page.getByRole("heading", { name: "There is no such recipe" }).waitFor();
  await page.getByRole("link", { name: "All recipes" }).click();
  await page.getByRole("link", { name: "Empty workflow" }).waitFor();
}, 60_000);

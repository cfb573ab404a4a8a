import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Locator, Page } from "playwright-core";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { findBarriersInBothThemes } from "./support/find-barriers.ts";
import { findCutTexts } from "./support/find-cut-texts.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

const CHOICE = "{{ trigger.input.outcome | choose: approved: 'Verified', declined: 'Failed', else: 'Needs Review' }}";

let dashboard: OpenDashboard;
let opportunity: string;
let credential: string;

beforeAll(async () => {
  dashboard = await openDashboard({ playground: { opportunities: 30 } });
  const world = dashboard.server.playground?.playground.world;
  opportunity = world?.opportunities.rows.find(({ tags }) => tags.length > 1)?.id as string;
  const body = { ...playgroundCredential("Main account"), defaultPerformAs: [...(world?.userById.keys() ?? [])][0] };
  credential = (await api("POST", "/credentials", body)).body.id;
}, 60_000);
afterAll(() => dashboard?.close());

const api = (method: string, path: string, body?: unknown) =>
  dashboard.server.call(method, `/api/v1${path}`, { key: ADMIN, body });
const step = (page: Page, title: string | RegExp) =>
  page.getByRole("list", { name: "Steps" }).getByRole("listitem", { name: title });
const field = (within: Page | Locator, name: string) => within.getByRole("combobox", { name, exact: true });
const saved = async (name: string) => (await api("GET", `/workflows/${name}`)).body;

function writeBack(name: string, more: object = {}) {
  const common = { kind: "operation", connector: "lever", credential };
  return {
    name,
    title: `Write back ${name}`,
    trigger: {
      type: "api",
      input: {
        type: "object",
        required: ["opportunity_id"],
        properties: { opportunity_id: { type: "string", "x-id": "opportunity" }, note: { type: "string" } },
        additionalProperties: false,
      },
    },
    steps: [
      {
        ...{ id: "find", title: "Find the candidate", ...common, operation: "retrieve_opportunity" },
        input: { opportunity_id: "{{ trigger.input.opportunity_id }}" },
      },
      {
        ...{ id: "tag", title: "Write the outcome", ...common, operation: "add_opportunity_tags" },
        input: { opportunity_id: "{{ steps.find.output.data.id }}", tags: ["Verified"] },
      },
    ],
    ...more,
  };
}

async function create(name: string, more: object = {}): Promise<string> {
  const { status, body } = await api("POST", "/workflows", writeBack(name, more));
  expect(status).toBe(201);
  return body.id;
}

describe("the workflow editor, in a real browser", () => {
  it("a person builds, tests and publishes the verification write-back with at most 25 clicks and fields", async () => {
    const { page, complaints } = await dashboard.signIn("/workflows");
    let actions = 0;
    const click = async (target: Locator) => {
      actions += 1;
      await target.click();
    };
    const fill = async (target: Locator, text: string) => {
      actions += 1;
      await target.fill(text);
    };
    const add = async (what: string) => {
      await click(page.getByRole("button", { name: "Add a step" }));
      await click(page.getByRole("option", { name: new RegExp(`^${what}`) }));
    };
    const dialog = page.getByRole("dialog");

    await page.getByRole("heading", { name: "No workflows yet" }).waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "workflows-empty");
    await click(page.getByRole("link", { name: "New workflow" }));
    await click(page.getByRole("link", { name: "Empty workflow" }));
    await fill(page.getByLabel("Title"), "Verification write-back");
    await fill(page.getByLabel("Name of field 1"), "opportunity_id");
    await fill(page.getByLabel("Name of field 2"), "outcome");
    await add("Retrieve Opportunity");
    await add("Remove Opportunity Tags");
    const remove = step(page, "Remove Opportunity Tags");
    await fill(field(remove, "Tags to remove"), "Needs Review");
    await click(remove.getByRole("button", { name: "Add a condition" }));
    await click(field(remove, "Value 1"));
    // Typed and picked by keyboard: one field.
    await page.keyboard.type("{{tags");
    await page.getByRole("treeitem", { name: /tags/ }).first().waitFor();
    await page.keyboard.press("Enter");
    await fill(field(remove, "Compared with 1"), "Needs Review");
    await add("Add Opportunity Tags");
    await fill(field(step(page, "Add Opportunity Tags"), "Tags to add"), CHOICE);
    await page.getByText("Trigger › outcome | choose", { exact: false }).waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await findCutTexts(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "workflow-editor");

    await click(page.getByRole("button", { name: "Test", exact: true }));
    await fill(dialog.getByLabel("opportunity_id"), opportunity);
    await fill(dialog.getByLabel("outcome"), "approved");
    await click(dialog.getByRole("button", { name: "Run the test" }));
    await dialog.getByText("The run would succeed.").waitFor();
    expect(await dialog.innerText()).toMatch(/Would write[\s\S]*\+Verified[\s\S]*untouched[\s\S]*addTags/);
    expect(dashboard.server.playground?.playground.ledger.since(0)).toEqual([]);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "workflow-test");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await click(page.getByRole("button", { name: "Publish" }));
    await click(dialog.getByRole("button", { name: "Publish" }));
    await page.getByText("Version 1 is published.").waitFor();
    expect(actions).toBeLessThanOrEqual(25);

    const body = { input: { opportunity_id: opportunity, outcome: "approved" } };
    const run = await api("POST", "/workflows/verification-write-back/runs?wait=20", body);
    expect(run.body).toMatchObject({ status: "succeeded", version: 1 });
    expect(dashboard.server.playground?.playground.world.opportunityById.get(opportunity)?.tags).toContain("Verified");
    expect((await saved("verification-write-back")).definition.steps[1].when).toEqual({
      all: [{ value: "{{ steps.retrieve_opportunity.output.data.tags }}", contains: "Needs Review" }],
    });
    expect(complaints).toEqual([]);
  }, 180_000);

  it("opens the menu at {{ in any field, by keyboard too, and puts a pill into text that stays editable", async () => {
    const id = await create("menu", {
      steps: [writeBack("x").steps[0], { id: "ask", title: "Ask", kind: "approval", message: "Tag" }],
    });
    const { page, complaints } = await dashboard.signIn(`/workflows/${id}`);
    await step(page, "Ask")
      .getByRole("button", { name: /^2. Ask/ })
      .click();
    const question = field(page, "Question");
    await question.click();
    await page.keyboard.press("End");
    await page.keyboard.type(" {{");
    const tree = page.getByRole("tree", { name: "Available values" });
    await tree.waitFor();
    expect(await question.getAttribute("aria-expanded")).toBe("true");
    expect(await tree.innerText()).toMatch(/Trigger[\s\S]*opportunity_id[\s\S]*Find the candidate[\s\S]*tags\s*list of text/);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "workflow-menu");
    await page.keyboard.press("Escape");
    await tree.waitFor({ state: "detached" });
    await page.keyboard.type("name");
    await page.getByRole("treeitem", { selected: true, name: /data\.name/ }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type(" as Failed?");
    await page.getByText("With the example: Tag Nadia Example as Failed?").waitFor();
    const pill = question.getByText("Find the candidate › data.name", { exact: true });
    expect(await pill.count()).toBe(1);
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Saved. Not published yet.").waitFor();
    expect((await saved("menu")).definition.steps[1].message).toBe("Tag {{ steps.find.output.data.name }} as Failed?");

    await pill.click();
    await page.getByRole("textbox", { name: "Value", exact: true }).fill("steps.find.output.data.name | upcase");
    await page.keyboard.press("Enter");
    await page.getByText("With the example: Tag NADIA EXAMPLE as Failed?").waitFor();
    await question.getByText("| upcase").waitFor();
    await question.click();
    await page.keyboard.press("Home");
    await page.keyboard.type("Do we t");
    await page.keyboard.press("Delete");
    expect(await question.innerText()).toContain("Do we tag");
    expect(complaints).toEqual([]);
  }, 90_000);

  it("says beside the field what is wrong, as one types", async () => {
    const id = await create("findings");
    const { page } = await dashboard.signIn(`/workflows/${id}`);
    await step(page, "Write the outcome")
      .getByRole("button", { name: /^2. Write/ })
      .click();
    const tags = field(step(page, "Write the outcome"), "Tags to add 1");
    await tags.fill("{{ steps.fnd.output.data.name }}");
    await page.getByText(/There is no step fnd before this one/).waitFor();
    expect(await page.getByText("1 error", { exact: true }).count()).toBe(1);
    expect(await page.getByRole("button", { name: "Publish" }).isDisabled()).toBe(true);
    await tags.fill("{{ steps.find.output.data.name }}");
    await page.getByText(/There is no step fnd/).waitFor({ state: "detached" });
    await page.getByText("With the example: Nadia Example").waitFor();
  }, 60_000);

  it("keeps what was typed through a reload and the end of the session, until it is saved or discarded", async () => {
    const id = await create("kept");
    const { page } = await dashboard.signIn(`/workflows/${id}`);
    await page.getByLabel("Title").first().fill("Typed and not saved");
    await page.getByText("Unsaved changes; this browser keeps them.").waitFor();
    await page.reload();
    await page.getByText("Your unsaved changes are still here").waitFor();
    expect(await page.getByLabel("Title").first().inputValue()).toBe("Typed and not saved");
    // The session ends while somebody types.
    await page.context().clearCookies();
    await page.getByLabel("Description").fill("And a description");
    await page.getByRole("button", { name: "Save draft" }).click();
    await page
      .getByRole("heading", { name: /sign in|session/i })
      .first()
      .waitFor();
    expect((await saved("kept")).title).toBe("Write back kept");
    // A browser of its own: without options it would be this very page.
    const { page: other } = await dashboard.signIn("/workflows", {});
    await page.context().addCookies(await other.context().cookies());
    await page.goto(`/workflows/${id}`);
    await page.getByText("Your unsaved changes are still here").waitFor();
    expect(await page.getByLabel("Description").inputValue()).toBe("And a description");
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Saved. Not published yet.").waitFor();
    expect(await saved("kept")).toMatchObject({ title: "Typed and not saved", definition: { description: "And a description" } });
    await page.getByLabel("Title").first().fill("Thought better of it");
    await page.reload();
    await page.getByRole("button", { name: "Discard them" }).click();
    expect(await page.getByLabel("Title").first().inputValue()).toBe("Typed and not saved");
  }, 90_000);

  it("shows the second of two people what the first one saved, and lets them choose", async () => {
    const id = await create("two");
    const { page } = await dashboard.signIn(`/workflows/${id}`);
    await page.getByLabel("Title").first().fill("Mine");
    await api("PUT", `/workflows/${id}`, writeBack("two", { title: "Theirs" }));
    await page.getByRole("button", { name: "Save draft" }).click();
    const dialog = page.getByRole("dialog", { name: "Someone else has saved this workflow" });
    await dialog.waitFor();
    expect(await dialog.innerText()).toMatch(/Changed\s*Workflow: title\s*was Theirs\s*is Mine/);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "workflow-conflict");
    await dialog.getByRole("button", { name: "Keep editing" }).click();
    expect((await saved("two")).title).toBe("Theirs");
    await page.getByRole("button", { name: "Save draft" }).click();
    await dialog.getByRole("button", { name: "Save mine over it" }).click();
    await page.getByText("Saved. Not published yet.").waitFor();
    expect((await saved("two")).title).toBe("Mine");

    await page.getByLabel("Title").first().fill("Mine again");
    await api("PUT", `/workflows/${id}`, writeBack("two", { title: "Theirs again" }));
    await page.getByRole("button", { name: "Save draft" }).click();
    await dialog.getByRole("button", { name: "Discard mine" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await page.getByLabel("Title").first().inputValue()).toBe("Theirs again");
  }, 90_000);

  it("moves, duplicates, disables and renames steps, and shows what breaks before one is removed", async () => {
    const id = await create("steps");
    const { page } = await dashboard.signIn(`/workflows/${id}`);
    const choose = async (title: string, what: string) => {
      await page.getByRole("button", { name: `Actions for ${title}`, exact: true }).click();
      await page
        .getByRole("menu", { name: `Actions for ${title}`, exact: true })
        .getByRole("menuitem", { name: what })
        .click();
    };
    const titles = () =>
      page.evaluate("[...document.querySelectorAll('ol[aria-label=Steps] > li')].map((item) => item.ariaLabel)");
    await choose("Write the outcome", "Duplicate");
    await choose("Write the outcome (copy)", "Disable");
    await page.getByText("Disabled", { exact: true }).waitFor();
    await choose("Write the outcome", "Move up");
    expect(await titles()).toEqual(["Write the outcome", "Find the candidate", "Write the outcome (copy)"]);
    await page.getByText("1 error", { exact: true }).waitFor();
    await choose("Write the outcome", "Move down");
    await page.getByText("1 error", { exact: true }).waitFor({ state: "detached" });
    await step(page, "Find the candidate")
      .getByRole("button", { name: /^1. Find/ })
      .click();
    await step(page, "Find the candidate").getByLabel("Title").fill("Look up");
    await step(page, "Write the outcome")
      .getByRole("button", { name: /^2. Write/ })
      .click();
    await step(page, "Write the outcome").getByText("Look up › data.id").waitFor();

    await choose("Look up", "Remove");
    const dialog = page.getByRole("dialog", { name: "Remove Look up" });
    expect(await dialog.innerText()).toMatch(/2 steps use what it gives[\s\S]*Write the outcome: steps\.find\.output\.data\.id/);
    await dialog.getByRole("button", { name: "Remove the step" }).click();
    await page.getByText("1 error", { exact: true }).first().waitFor();
    expect(await titles()).toEqual(["Write the outcome", "Write the outcome (copy)"]);
  }, 90_000);

  it("publishes with the difference, compares versions, goes back to one, pauses and resumes", async () => {
    const id = await create("versions");
    await api("POST", `/workflows/${id}/publish`);
    const { page, complaints } = await dashboard.signIn(`/workflows/${id}`);
    await step(page, "Write the outcome")
      .getByRole("button", { name: /^2. Write/ })
      .click();
    await field(step(page, "Write the outcome"), "Tags to add 1").fill("Checked");
    await page.getByRole("button", { name: "Publish" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("list", { name: "What changes" }).waitFor();
    expect(await dialog.innerText()).toMatch(/Write the outcome: input › tags[\s\S]*Verified[\s\S]*Checked/);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "workflow-publish");
    await dialog.getByRole("button", { name: "Publish version 2" }).click();
    await page.getByText("Version 2 is published.").waitFor();
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByText("Version 1", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Compare with the draft" }).nth(1).click();
    await page.getByRole("list", { name: "How the draft differs from version 1" }).waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "workflow-versions");
    await page.getByRole("button", { name: "Restore this version" }).nth(1).click();
    await dialog.getByRole("button", { name: "Make it the draft" }).click();
    await dialog.waitFor({ state: "detached" });
    expect((await saved("versions")).definition.steps[1].input.tags).toEqual(["Verified"]);
    expect((await saved("versions")).published).toBe(2);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Pause" }).click();
    await page.getByText("Paused", { exact: true }).waitFor();
    expect((await saved("versions")).status).toBe("paused");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Resume" }).click();
    await page.getByText("Published", { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
  }, 120_000);

  it("shows beside a field what the last run had, and an example for what is hidden there", async () => {
    const [find, tag] = writeBack("x").steps;
    const when = { all: [{ value: "{{ trigger.input.note }}", exists: true }] };
    const ask = { id: "ask", title: "Ask", kind: "approval", message: "Tag {{ steps.find.output.data.name }}?", when };
    const id = await create("last-run", { steps: [find, tag, ask] });
    await api("POST", `/workflows/${id}/publish`);
    const { body } = await api("POST", `/workflows/${id}/runs?wait=20`, { input: { opportunity_id: opportunity } });
    expect(body.status).toBe("succeeded");
    const { page } = await dashboard.signIn(`/workflows/${id}`);
    for (const title of [/^2. Write the outcome/, /^3. Ask/]) await page.getByRole("button", { name: title }).click();
    await page.getByText(`With the last run: ${opportunity}`, { exact: true }).waitFor();
    const hidden = "With the last run, and an example for what is hidden there: Tag Nadia Example?";
    await page.getByText(hidden, { exact: true }).waitFor();
    await takeScreenshots(page, "workflow-last-run");
  }, 60_000);

  it("shows the next five times of a schedule in its time zone, and says what is no schedule", async () => {
    const { page } = await dashboard.signIn("/workflows/new");
    await page.getByText("A schedule", { exact: true }).click();
    const times = page.getByRole("list", { name: "Next five times" });
    await times.waitFor();
    await page.getByLabel("Cron expression").fill("30 6 * * 1");
    await times
      .getByText(/Monday.*6:30\sAM/)
      .first()
      .waitFor();
    expect(await times.getByRole("listitem").count()).toBe(5);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "workflow-schedule");
    await page.getByLabel("Cron expression").fill("every day");
    await page.getByText("This is not a cron expression of five parts, such as 0 7 * * 1-5.").waitFor();
  }, 60_000);

  it("edits every kind of step, repeated or on conditions, and keeps JSON that is not finished", async () => {
    await api("POST", "/destinations", { name: "Compliance service", url: "https://compliance.example.com/hooks" });
    const { page, complaints } = await dashboard.signIn("/workflows/new");
    const add = async (what: string) => {
      await page.getByRole("button", { name: "Add a step" }).click();
      await page.getByRole("option", { name: new RegExp(`^${what}`) }).click();
    };
    await page.getByLabel("Title").first().fill("Every kind");
    await add("Send a message");
    const send = step(page, "Send a message");
    await send.getByLabel("Name of field 1").fill("run");
    await field(send, "Value of run").fill("{{ run.id }}");
    await send.getByText("Run › id").waitFor();
    await add("Wait");
    await step(page, "Wait").getByLabel("For", { exact: true }).fill("3");
    await add("Ask for approval");
    await field(page, "Question").fill("Go on?");
    await add("Add Opportunity Tags");
    const tag = step(page, "Add Opportunity Tags");
    await field(tag, "Tags to add").fill("Swept");
    await tag.getByRole("button", { name: "Repeat, failures and time limit" }).click();
    await tag.getByText("For all records of a list operation").click();
    await field(tag, "Opportunity").click();
    await page.keyboard.type("{{");
    await page.getByRole("treeitem", { name: /^Item/ }).waitFor();
    await page.keyboard.type(" item.id }}");
    await tag.getByText("Item › id").waitFor();
    expect(await overflowWhenNarrow(page)).toBe(0);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "workflow-kinds");

    await page.getByRole("button", { name: "Edit as JSON", exact: true }).click();
    const message = field(send, "Message");
    await message.fill('{"run": [');
    await page.getByText("This is not valid JSON yet", { exact: false }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: /^1. Send/ }).click();
    await page.getByText("This is not valid JSON yet", { exact: false }).waitFor();
    expect(await message.innerText()).toContain('{"run": [');
    await message.fill('{"run": ["{{ run.id }}"]}');
    await page.getByText("Choose a destination.").waitFor();
    await send.getByRole("combobox", { name: "Destination" }).click();
    await page.getByRole("option", { name: "Compliance service" }).click();
    await page.getByText("Choose a destination.").waitFor({ state: "detached" });
    await api("PATCH", "/destinations/Compliance%20service", { paused: true });
    await page.reload();
    await page.getByRole("button", { name: /^1. Send/ }).click();
    await send
      .getByText('Check: "Compliance service" is paused; what is sent to it is refused. Resume the destination, or choose')
      .waitFor();
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Saved. Not published yet.").waitFor();
    const { steps } = (await saved("every-kind")).definition;
    expect(steps).toMatchObject([
      { kind: "send", body: { run: ["{{ run.id }}"] } },
      { kind: "wait", for: "3h" },
      { kind: "approval", message: "Go on?" },
      { forEach: { operation: "list_opportunities", credential }, input: { opportunity_id: "{{ item.id }}", tags: ["Swept"] } },
    ]);
    expect(complaints).toEqual([]);
  }, 120_000);

  it("says that it could not save where its buttons are, however long the workflow is, and saves when asked again", async () => {
    const id = await create("unsaved");
    const { page } = await dashboard.signIn(`/workflows/${id}`);
    await page.getByLabel("Title").first().fill("Saved at last");
    const put = (path: URL) => path.pathname === `/api/v1/workflows/${id}`;
    await page.route(put, (route) => (route.request().method() === "PUT" ? route.abort() : route.continue()));
    await page.getByRole("button", { name: "Save draft" }).click();
    const alert = page.getByRole("alert");
    await alert.getByText("The server does not answer").waitFor();
    const [box, bar] = [await alert.boundingBox(), await page.getByRole("button", { name: "Save draft" }).boundingBox()];
    expect(Number(box?.y) + Number(box?.height)).toBeLessThanOrEqual(Number(bar?.y));
    expect(Number(box?.y)).toBeGreaterThan(0);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "workflow-save-failing");
    await page.unroute(put);
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Saved. Not published yet.").waitFor();
    await alert.waitFor({ state: "detached" });
    expect((await saved("unsaved")).definition.title).toBe("Saved at last");
  }, 60_000);

  it("lists workflows with long titles, and says what failed", async () => {
    await create("long", {
      title: "Verification of candidates in Europe, the Middle East and Africa, for every department and team",
    });
    const { page } = await dashboard.signIn("/workflows");
    await page.getByRole("table", { name: "Workflows" }).waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "workflows-list");
    await page.route("**/api/v1/workflows*", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").waitFor({ timeout: 20_000 });
    await takeScreenshots(page, "workflows-failing");
    await page.unroute("**/api/v1/workflows*");
    await page.getByRole("button", { name: "Reload this part" }).click();
    await page.getByRole("table", { name: "Workflows" }).waitFor();
    await page.goto("/workflows/flow_aaaaaaaaaaaaaaaaaaaaaaaaaa");
    await page.getByRole("heading", { name: "There is no such workflow" }).waitFor();
  }, 60_000);
});

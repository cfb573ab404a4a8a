import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { findBarriersInBothThemes } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

let dashboard: OpenDashboard;
let opportunity: string;
let workflow: string;

beforeAll(async () => {
  dashboard = await openDashboard({ playground: { opportunities: 12 } });
  const world = dashboard.server.playground?.playground.world;
  opportunity = world?.opportunities.rows[0]?.id as string;
  const body = { ...playgroundCredential("Main account"), defaultPerformAs: [...(world?.userById.keys() ?? [])][0] };
  await api("POST", "/credentials", body);
  workflow = await published("asked", [
    { id: "ask", title: "Ask a person", kind: "approval", message: "Tag {{ trigger.input.opportunity_id }} as Verified?" },
    tag("tag", "Verified"),
  ]);
}, 60_000);
afterAll(() => dashboard?.close());

const api = (method: string, path: string, body?: unknown) =>
  dashboard.server.call(method, `/api/v1${path}`, { key: ADMIN, body });

function tag(id: string, name: string) {
  const common = { kind: "operation", connector: "lever", operation: "add_opportunity_tags", credential: "Main account" };
  return { id, title: `Add ${name}`, ...common, input: { opportunity_id: "{{ trigger.input.opportunity_id }}", tags: [name] } };
}

const INPUT = {
  type: "object",
  required: ["opportunity_id"],
  properties: { opportunity_id: { type: "string", "x-id": "opportunity" } },
};

async function published(name: string, steps: readonly object[], input: object = INPUT): Promise<string> {
  const { body } = await api("POST", "/workflows", { name, title: `Workflow ${name}`, trigger: { type: "api", input }, steps });
  expect((await api("POST", `/workflows/${body.id}/publish`)).status).toBe(200);
  return body.id;
}

async function start(of: string, id = opportunity): Promise<string> {
  return (await api("POST", `/workflows/${of}/runs`, { input: { opportunity_id: id } })).body.id;
}

describe("runs, in a real browser", () => {
  it("says that nothing ran yet, starts one by Run now, and shows it live until a person has approved it, without polling", async () => {
    const { page, complaints } = await dashboard.signIn("/runs");
    await page.getByRole("heading", { name: "No runs yet" }).waitFor();
    await takeScreenshots(page, "runs-empty");
    await page.goto(`/workflows/${workflow}`);
    await page.getByRole("button", { name: "Run now" }).click();
    const dialog = page.getByRole("dialog", { name: "Run now" });
    await dialog.getByRole("button", { name: "Start the run" }).click();
    await dialog.getByText("is required").first().waitFor();
    await dialog.getByLabel("opportunity_id").fill(opportunity);
    await takeScreenshots(page, "run-now");
    const reads: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "GET" && /\/api\/v1\/runs\/[^/]+$/.test(request.url())) reads.push(request.url());
    });
    await dialog.getByRole("button", { name: "Start the run" }).click();
    await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
    await page.getByText(`Tag ${opportunity} as Verified?`).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "run-waiting");
    const read = reads.length;
    // Somebody else decides: this page hears of it.
    const [run] = (await api("GET", "/runs")).body.data;
    await api("POST", `/runs/${run.id}/approve`, { note: "Looks right" });
    await page.getByRole("status").getByText("Succeeded").waitFor();
    expect(reads.length).toBe(read);
    await page.getByRole("button", { name: /^2. Add Verified/ }).click();
    expect(await page.getByRole("region", { name: "Input" }).innerText()).toContain('"Verified"');
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "run-succeeded");
    expect(complaints).toEqual([]);
  }, 120_000);

  it("approves, declines with a note, cancels and runs again", async () => {
    const { page } = await dashboard.signIn(`/runs/${await start(workflow)}`);
    const status = (label: string) => page.getByRole("status").getByText(label, { exact: true }).waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await status("Succeeded");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
    await page.getByLabel("Note").fill("Not this one");
    await page.getByRole("button", { name: "Decline" }).click();
    await status("Cancelled");
    await page.goto(`/runs/${await start(workflow)}`);
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
    await status("Cancelled");
  }, 90_000);

  it("says why a run failed, and retries it from the failed step", async () => {
    const id = await published("failing", [tag("one", "First"), tag("two", "Second")]);
    const { page } = await dashboard.signIn(`/runs/${await start(id, "00000000-0000-4000-8000-000000000000")}`);
    await page.getByRole("status").getByText("Failed", { exact: true }).waitFor();
    const why = page.getByRole("region", { name: "Why it failed" });
    await why.getByText("Add First failed").waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "run-failed");
    const attempts = async () => (await api("GET", page.url().replace(/^.*\/runs/, "/runs"))).body.steps[0].startedAt;
    const before = await attempts();
    await page.getByRole("button", { name: "Retry from the failed step" }).click();
    await expectSoon(async () => (await attempts()) !== before);
    await page.getByRole("status").getByText("Failed", { exact: true }).waitFor();
  }, 60_000);

  it("names its steps as the version that ran does, at once and whatever became of the draft", async () => {
    const id = await published("renamed", [tag("one", "First")]);
    const run = await start(id);
    const changed = {
      name: "renamed",
      title: "Another title",
      trigger: { type: "api", input: INPUT },
      steps: [tag("one", "Other")],
    };
    expect((await api("PUT", `/workflows/${id}`, changed)).status).toBe(200);
    const { page, complaints } = await dashboard.signIn("/runs");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`/runs/${run}`);
    await page.getByRole("heading", { name: "Workflow renamed" }).waitFor();
    await page.getByRole("listitem", { name: "Add First" }).waitFor();
    // What is shown comes with the run itself: there is no moment before it.
    expect(asked.filter((path) => path.startsWith("/api/v1/workflows"))).toEqual([]);
    expect(complaints).toEqual([]);
  }, 60_000);

  it("asks whether something was created where that is not known, and continues as the person says, or ends", async () => {
    const playground = dashboard.server.playground?.playground;
    const create = {
      ...{ id: "create", title: "Create the opportunity", kind: "operation", connector: "lever" },
      ...{ operation: "create_opportunity", credential: "Main account", input: { name: "Nadia Example" } },
    };
    const id = await published("creating", [create, tag("after", "After it")]);
    const created = () => playground?.ledger.since(0).filter(({ effect }) => effect === "opportunity.created").length ?? 0;
    const { page, complaints } = await dashboard.signIn("/runs");
    const unknown = async () => {
      playground?.faults.add([
        { match: { method: "POST", pathPattern: "/opportunities" }, action: { kind: "reset", when: "after-apply" } },
      ]);
      await page.goto(`/runs/${await start(id)}`);
      const asked = page.getByRole("region", { name: "What happened" });
      await asked.getByRole("heading", { name: "Did it happen?" }).waitFor();
      playground?.faults.clear();
      return asked;
    };

    const happened = await unknown();
    await happened.getByText("Create the opportunity: ").waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "run-attention");
    await happened.getByRole("button", { name: "It happened" }).click();
    await happened.getByText(/must be the id of what was created/).waitFor();
    await happened.getByLabel("ID of what was created").fill(opportunity);
    await happened.getByRole("button", { name: "It happened" }).click();
    await page.getByRole("status").getByText("Succeeded", { exact: true }).waitFor();
    expect(created()).toBe(1);

    await (await unknown()).getByRole("button", { name: "It did not: send again" }).click();
    await page.getByRole("status").getByText("Succeeded", { exact: true }).waitFor();
    expect(created()).toBe(3);

    await unknown();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
    await page.getByRole("status").getByText("Cancelled", { exact: true }).waitFor();
    expect(created()).toBe(4);
    expect(complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
  }, 90_000);

  it("reveals redacted data to a person who says why, and shows who has seen it, when and why", async () => {
    const name = dashboard.server.playground?.playground.world.opportunityById.get(opportunity)?.contact.name as string;
    const id = await published("reads", [
      {
        ...{ id: "read", title: "Read the candidate", kind: "operation", connector: "lever", operation: "retrieve_opportunity" },
        ...{ credential: "Main account", input: { opportunity_id: "{{ trigger.input.opportunity_id }}" } },
      },
    ]);
    const run = await start(id);
    const { page, complaints } = await dashboard.signIn(`/runs/${run}`);
    await page.getByRole("status").getByText("Succeeded").waitFor();
    await page.getByRole("button", { name: /Read the candidate/ }).click();
    const output = page.getByRole("region", { name: "Output" });
    expect(await output.innerText()).not.toContain(name);
    expect(await page.getByRole("region", { name: "Who saw the data" }).count()).toBe(0);
    await page.getByRole("button", { name: "Reveal the data …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Reveal the data" }).click();
    await dialog.getByText("Say why.").waitFor();
    expect((await api("GET", `/runs/${run}/reveals`)).body.data).toEqual([]);
    await dialog
      .getByLabel("Reason")
      .fill(`The candidate asked what we hold about them. ${"Long words: Datenschutzgrundverordnung. ".repeat(8)}`);
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "run-reveal");
    await dialog.getByRole("button", { name: "Reveal the data" }).click();
    await output.getByText(name).first().waitFor();
    await page.getByText("Data revealed").waitFor();
    const seen = page.getByRole("region", { name: "Who saw the data" });
    await seen.getByText(/asked what we hold about them/).waitFor();
    expect(await seen.innerText()).toContain("By the holder of the access link");
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect([await overflowWhenNarrow(page), await overflowWhenNarrow(page, 390)]).toEqual([0, 0]);
    await takeScreenshots(page, "run-revealed");
    await page.getByRole("button", { name: "Hide the data" }).click();
    await output.getByText(name).first().waitFor({ state: "detached" });
    await page.reload();
    await seen.waitFor();
    expect(await page.content()).not.toContain(name);
    expect(complaints).toEqual([]);
  }, 90_000);

  it("offers no reveal to a person who may not, and the API refuses it by name and records nothing", async () => {
    const run = await start(workflow);
    const { page } = await dashboard.signIn("/runs");
    await page.route("**/session", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), scopes: ["workflows:run", "workflows:write"] } });
    });
    await page.goto(`/runs/${run}`);
    await page.getByRole("heading", { name: "Steps" }).waitFor();
    expect(await page.getByRole("button", { name: /Reveal/ }).count()).toBe(0);
    const key = await dashboard.server.key("default", "workflows:run", "workflows:write");
    const options = { key, body: { reason: "curious" } };
    const refused = await dashboard.server.call("POST", `/api/v1/runs/${run}/reveal`, options);
    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(refused.body.detail).toContain("runs:reveal");
    expect((await api("GET", `/runs/${run}/reveals`)).body.data).toEqual([]);
    await page.unroute("**/session");
    await page.reload();
    await page.getByRole("button", { name: "Reveal the data …" }).waitFor();
  }, 60_000);

  it("lists runs narrowed by workflow and status, and says what failed", async () => {
    const { page } = await dashboard.signIn("/runs");
    const table = page.getByRole("table", { name: "Runs" });
    await table.waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "runs-list");
    await page.getByRole("combobox", { name: "Status" }).click();
    await page.getByRole("option", { name: "Failed" }).click();
    await page.waitForURL("**/runs?status=failed");
    await table.getByText("Succeeded").first().waitFor({ state: "detached" });
    expect(await table.getByRole("row").count()).toBe(2);
    await page.goto(`/runs?workflow=${workflow}&status=needs_attention`);
    await page.getByRole("heading", { name: "No run matches" }).waitFor();
    await page.route("**/api/v1/runs*", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").waitFor({ timeout: 20_000 });
    await page.unroute("**/api/v1/runs*");
    await page.goto("/runs/run_aaaaaaaaaaaaaaaaaaaaaaaaaa");
    await page.getByRole("heading", { name: "There is no such run" }).waitFor();
  }, 60_000);

  it("says why an input that is written as JSON is refused", async () => {
    const wait = { id: "wait", title: "Wait", kind: "wait", for: "1s" };
    const id = await published("any", [wait], { type: "object", additionalProperties: { type: "integer" } });
    const { page } = await dashboard.signIn(`/workflows/${id}`);
    await page.getByRole("button", { name: "Run now" }).click();
    const dialog = page.getByRole("dialog", { name: "Run now" });
    await dialog.getByLabel("Input").fill('{"count": "many"}');
    await dialog.getByRole("button", { name: "Start the run" }).click();
    await dialog.getByText("/input/count must be integer", { exact: false }).first().waitFor();
  });
});

async function expectSoon(holds: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 15_000; Date.now() < endMs; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come to that in time");
}

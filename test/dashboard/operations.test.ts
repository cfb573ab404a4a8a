import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { budgetName } from "../../runtime/attempts.ts";
import { ADMIN, playgroundCredential } from "../server/start.ts";
import { findBarriers } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { ARTIFACTS, overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

const NASTY = [
  '<img src=x onerror="window.hit=1">',
  '"><script>window.hit=1</script>',
  "<svg onload=window.hit=1>",
  "{{constructor.constructor('window.hit=1')()}}",
];

describe("operations, in a real browser", () => {
  let open: OpenDashboard;
  let page: Page;
  let complaints: string[];
  let user: { id: string; name: string };
  let credential: string;

  beforeAll(async () => {
    open = await openDashboard({ playground: { opportunities: 60 } });
    user = [...lever().world.userById.values()][0] as typeof user;
    const body = { ...playgroundCredential("demo"), defaultPerformAs: user.id };
    credential = (await open.server.call("POST", "/api/v1/credentials", { key: ADMIN, body })).body.id;
    ({ page, complaints } = await open.signIn("/operations", { permissions: ["clipboard-read", "clipboard-write"] }));
  }, 60_000);
  afterAll(() => open?.close());
  beforeEach(() => {
    lever().faults.clear();
    complaints.length = 0;
  });

  const lever = () => (open.server.playground as NonNullable<typeof open.server.playground>).playground;
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const field = (name: string) => page.getByRole("combobox", { name, exact: true });
  const answer = () => page.getByRole("region", { name: "Result" });
  const firstRow = () => answer().getByRole("row").nth(1);

  async function go(operation: string): Promise<void> {
    await page.goto(`/operations/${operation}`);
    await button("Run").waitFor();
  }

  async function choose(name: string, option: string): Promise<void> {
    await field(name).click();
    await field(name).fill(option);
    await page.getByRole("option", { name: option }).first().click();
    await page.keyboard.press("Escape");
  }

  async function run(): Promise<string> {
    await button("Run").click();
    await answer().waitFor();
    return (await answer().textContent()) ?? "";
  }

  /** Opens an operation as the row menu of a list does: with the id filled in. */
  async function goWith(operation: string, id: string): Promise<void> {
    await go(operation);
    await page.getByLabel("Opportunity", { exact: false }).first().fill(id);
  }

  async function unfold(details: string): Promise<void> {
    await page.getByRole("button", { name: details }).click();
  }

  it("opens on the first operation, usable by everybody, and says how many calls are left", async () => {
    await page.waitForURL("**/operations/list_opportunities");
    await page.getByText("19 of 19 calls left").waitFor();
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "operations-form");
    expect(complaints).toEqual([]);
  }, 40_000);

  it("lists with a filter chosen by name, shows ids by name, goes to the next page and back", async () => {
    await go("list_opportunities");
    await choose("Stages", "New applicant");
    await page
      .getByText(/^As of/)
      .first()
      .waitFor();
    await unfold("Response");
    await page.getByLabel("Page size").fill("3");
    expect(await run()).toContain("3 records");
    // The names behind ids come a moment later than the rows.
    await firstRow().getByText("New applicant").waitFor();
    const called = () => firstRow().getByRole("cell").first().textContent();
    const first = await called();
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowWhenNarrow(page)).toBe(0);
    await takeScreenshots(page, "operations-list");
    await button("Next page").click();
    await button("First page").waitFor();
    expect(await called()).not.toBe(first);
    await button("First page").click();
    await button("First page").waitFor({ state: "detached" });
    expect(await called()).toBe(first);
    await answer().getByText("JSON").click();
    expect(await answer().getByRole("region", { name: "Result as JSON" }).textContent()).toContain('"hasNext": true');
    expect(complaints).toEqual([]);
  }, 60_000);

  it("sends times as the person means them, and archived only where somebody chose", async () => {
    await go("list_opportunities");
    await page
      .getByRole("group", { name: "Archived" })
      .or(page.getByRole("radiogroup", { name: "Archived" }))
      .getByText("Yes")
      .click();
    await unfold("Time windows");
    const time = page.getByRole("button", { name: "Updated from" });
    await time.click();
    await page.getByRole("button", { name: "An hour ago" }).waitFor();
    // By keyboard as well: the first of what can be chosen has the focus, and the field gets it back.
    expect(await page.evaluate("document.activeElement.closest('[data-position]') !== null")).toBe(true);
    await page.getByRole("button", { name: "A day ago" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "An hour ago" }).waitFor({ state: "detached" });
    expect(await time.textContent()).toMatch(/^\d\d \w+ \d{4}, \d\d:\d\d$/);
    expect(await page.evaluate("document.activeElement.textContent")).toBe(await time.textContent());
    await button("Clear this time").click();
    await time.getByText("Choose a time").waitFor();
    await time.click();
    await page.getByRole("button", { name: "A week ago" }).click();
    await button("Use this time").click();
    await button("Dry run").click();
    const sent = new URL((await page.getByRole("region", { name: "Dry run" }).locator("code").first().textContent()) ?? "");
    expect(sent.searchParams.get("archived")).toBe("true");
    expect(sent.searchParams.has("snoozed")).toBe(false);
    const weekAgo = Date.now() - 7 * 86_400_000;
    expect(Math.abs(Number(sent.searchParams.get("updated_at_start")) - weekAgo)).toBeLessThan(120_000);
    await takeScreenshots(page, "operations-dry-run");
  }, 40_000);

  it("says at a time that its calendar could not be loaded, and keeps the form", async () => {
    await page.route("**/assets/time-choice-*.js", (route) => route.abort());
    await go("list_opportunities");
    await page.getByLabel("Email").fill("somebody@example.com");
    await unfold("Time windows");
    await page.getByRole("button", { name: "Updated from" }).click();
    await page.getByText("The calendar could not be loaded.").waitFor();
    expect(await page.getByLabel("Email").inputValue()).toBe("somebody@example.com");
    await page.unroute("**/assets/time-choice-*.js");
    complaints.length = 0;
  }, 40_000);

  it("retrieves, adds tags and removes them from the row of a list, and the ledger shows it", async () => {
    await go("list_opportunities");
    await run();
    await answer()
      .getByRole("button", { name: /^Actions for/ })
      .first()
      .click();
    await page.getByRole("menuitem", { name: "Retrieve Opportunity" }).click();
    await page.waitForURL("**/retrieve_opportunity");
    await run();
    const id = await page.getByRole("textbox", { name: "Opportunity" }).inputValue();
    const { contact } = lever().world.opportunityById.get(id) as { contact: { name: string; emails: readonly string[] } };
    expect(await answer().getByRole("heading", { name: contact.name }).count()).toBe(1);
    expect(await findBarriers(page)).toEqual([]);
    await takeScreenshots(page, "operations-candidate");
    // Two operations that take a candidate stand beside the name, the others in a menu.
    await answer().getByRole("button", { name: "Use in …" }).click();
    await page.getByRole("menuitem", { name: "Archive Opportunity", exact: true }).waitFor();
    expect(await page.getByRole("menuitem").count()).toBeGreaterThan(5);
    await page.keyboard.press("Escape");

    await answer().getByRole("button", { name: "Add Opportunity Tags" }).click();
    await page.waitForURL("**/add_opportunity_tags");
    await page.getByPlaceholder(`${user.name}, this credential's own user`).waitFor();
    await field("Tags to add").fill("Verified by test");
    await page.getByRole("option", { name: /as it is typed/ }).click();
    await page.keyboard.press("Escape");
    expect(await run()).toContain("Verified by test");
    expect(await answer().getByRole("heading", { name: contact.name }).count()).toBe(1);

    await answer().getByRole("button", { name: "Remove Opportunity Tags" }).click();
    await page.waitForURL("**/remove_opportunity_tags");
    await field("Tags to remove").fill("Verified by test");
    await page.getByRole("option").first().click();
    await page.keyboard.press("Escape");
    expect(await run()).toContain("Verified by test removed.");
    expect(lever().world.opportunityById.get(id)?.tags).not.toContain("Verified by test");
    const effects = lever()
      .ledger.since(0)
      .filter(({ tags }) => tags?.includes("Verified by test"));
    expect(effects.map(({ effect, performAs }) => [effect, performAs])).toEqual([
      ["opportunity.tags_added", user.id],
      ["opportunity.tags_removed", user.id],
    ]);
    expect(complaints).toEqual([]);
  }, 90_000);

  it("offers for removal what the record has now, what was added a moment ago too", async () => {
    const opportunity = [...lever().world.opportunityById.values()].find(({ tags }) => tags.length > 0 && tags.length < 20);
    const { id, tags } = opportunity as NonNullable<typeof opportunity>;
    const offered = async () => {
      await field("Tags to remove").click();
      await page.getByRole("option").first().waitFor();
      const names = await page.getByRole("option").allTextContents();
      await page.keyboard.press("Escape");
      return names;
    };
    await go("remove_opportunity_tags");
    await button("Clear").click();
    await field("Tags to remove").click();
    await page.getByText("Fill in the ID first to choose from what is there").waitFor();
    await page.keyboard.press("Escape");
    await goWith("remove_opportunity_tags", id);
    expect(await offered()).toEqual(tags);
    const body = { credential: "demo", input: { opportunity_id: id, tags: ["Added a moment ago"] } };
    await open.server.call("POST", "/api/v1/operations/add_opportunity_tags", { key: ADMIN, body });
    expect(await offered()).toEqual([...tags, "Added a moment ago"]);
    await field("Tags to remove").click();
    await page.getByRole("option", { name: "Added a moment ago" }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await takeScreenshots(page, "operations-remove-tags");
    await page.keyboard.press("Escape");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("says what a tag write really changed, and what was so before", async () => {
    const [id] = [...lever().world.opportunityById.keys()] as [string];
    const tags = async (name: string, ...values: string[]) => {
      for (const value of values) {
        await field(name).fill(value);
        await page.getByRole("option", { name: /as it is typed/ }).click();
      }
      await page.keyboard.press("Escape");
    };
    const title = () => answer().getByRole("heading", { level: 2 }).textContent();
    await goWith("remove_opportunity_tags", id);
    await tags("Tags to remove", "Identity");
    expect(await run()).toContain("Identity was not there.");
    expect(await title()).toBe("0 tags removed");
    await takeScreenshots(page, "operations-nothing-removed");
    await goWith("add_opportunity_tags", id);
    await tags("Tags to add", "Identity");
    expect(await run()).toContain("Identity added.");
    expect(await title()).toBe("1 tag added");
    await goWith("add_opportunity_tags", id);
    await tags("Tags to add", "Identity", "Residence", "Right to work");
    expect(await run()).toContain("Residence and Right to work added. Identity was there already.");
    expect(await title()).toBe("2 tags added");
    // Where the record cannot be read before the write, nothing is claimed.
    lever().faults.add([{ match: { pathPattern: "/opportunities/[^/]+$" }, action: { kind: "respond", status: 403 } }]);
    await goWith("remove_opportunity_tags", id);
    await tags("Tags to remove", "Residence");
    expect(await run()).toContain("What it changed is not known");
    expect(await title()).toBe("Accepted");
  }, 60_000);

  it("says at the field what is wrong, sends nothing, and lets it be put right", async () => {
    lever().requests.clear();
    await go("add_opportunity_tags");
    await page.getByRole("textbox", { name: "Opportunity" }).fill("../users");
    await button("Run").click();
    await page.getByText("2 things need correcting.").waitFor();
    expect(await page.locator("#input_opportunity_id-error").textContent()).toBe("holds characters that are not allowed here");
    expect(await page.locator("#input_tags-error").textContent()).toBe("is required");
    expect(await page.evaluate("document.activeElement.id")).toMatch(/^input_(opportunity_id|tags)$/);
    expect(await findBarriers(page)).toEqual([]);
    await takeScreenshots(page, "operations-invalid");
    await page.getByRole("textbox", { name: "Opportunity" }).fill("fine");
    await page.getByText("One field needs correcting.").waitFor();
    expect(
      lever()
        .requests.report(1_000)
        .data.filter(({ method }) => method !== "GET"),
    ).toEqual([]);
  }, 40_000);

  it("puts what the server found wrong at the same fields", async () => {
    await go("retrieve_opportunity");
    await page.getByRole("textbox", { name: "Opportunity" }).fill("some-id");
    await page.route("**/api/v1/operations/retrieve_opportunity", (route) =>
      route.fulfill({
        status: 422,
        contentType: "application/problem+json",
        body: JSON.stringify({
          type: "/docs/errors#input_invalid",
          title: "The input does not match the schema",
          status: 422,
          detail: "the request is not valid",
          instance: "urn:x",
          code: "input_invalid",
          retryable: false,
          requestId: "req_1",
          errors: [
            { pointer: "/opportunity_id", keyword: "pattern", message: "is not for the server" },
            { pointer: "/expand/0", keyword: "enum", message: "must be something else" },
            { pointer: "/nowhere", keyword: "additionalProperties", message: "is not a known property" },
          ],
        }),
      }),
    );
    await button("Run").click();
    await page.locator("#input_opportunity_id-error").waitFor();
    expect(await page.locator("#input_opportunity_id-error").textContent()).toBe("is not for the server");
    expect(await page.locator("#input_expand-error").textContent()).toBe("entry 1 must be something else");
    const problem = (await page.getByRole("alert").filter({ hasText: "input_invalid" }).textContent()) ?? "";
    expect(problem).toContain("/nowhere");
    expect(problem).not.toContain("is not for the server");
    await page.unroute("**/api/v1/operations/retrieve_opportunity");
  }, 30_000);

  it("explains a record that Lever does not have, and what Lever said", async () => {
    await goWith("retrieve_opportunity", "00000000-0000-4000-8000-000000000000");
    await button("Run").click();
    const alert = page.getByRole("alert").filter({ hasText: "upstream_not_found" });
    await alert.waitFor();
    expect(await alert.textContent()).toContain("Lever answered 404");
    expect(await alert.getByRole("link").getAttribute("href")).toBe("/docs/errors#upstream_not_found");
    expect(await findBarriers(page)).toEqual([]);
    await takeScreenshots(page, "operations-failed");
  }, 40_000);

  it("says that a call waits for the rate limit, and how long it did", async () => {
    await go("list_stages");
    const { store } = open.server.services;
    await store.drain(budgetName("default", credential), { ratePerSecond: 10, burst: 19, holdMs: 5_000 });
    await button("Run").click();
    await page.getByText(/^0 of 19 calls left$/).waitFor();
    await page.getByText("Waiting for the rate limit, about").waitFor();
    await page.screenshot({ path: join(ARTIFACTS, "operations-throttled-light.png") });
    await answer().waitFor();
    expect(await answer().textContent()).toMatch(/\d\.\d s of it waiting for the rate limit/);
  }, 60_000);

  it("reads all pages from the first, whichever page is shown, and says by which filters", async () => {
    await go("list_opportunities");
    await unfold("Response");
    expect(await page.getByLabel("Page cursor").count()).toBe(0);
    await page.getByLabel("Page size").fill("5");
    await run();
    expect(await answer().getByLabel("Filters in force").textContent()).toBe("No filters");
    await button("Next page").click();
    await button("First page").waitFor();
    const stage = lever().world.stages.find(({ text }) => text === "New applicant")?.id;
    const body = { credential: "demo", input: { stage_id: [stage] } };
    const whole = await open.server.call("POST", "/api/v1/operations/list_opportunities?pages=all", { key: ADMIN, body });
    const count = Number(/"done":true,"count":(\d+)/.exec(whole.text)?.[1]);
    expect(count).toBeGreaterThan(5);
    await choose("Stages", "New applicant");
    await page.getByText("The form has changed since.").waitFor();
    expect(await button("Next page").count()).toBe(0);
    await button("All pages").click();
    const panel = page.getByRole("region", { name: "All pages" });
    await panel.getByText("complete").waitFor();
    expect(await panel.getByRole("status").textContent()).toBe(`${count} records`);
    expect(await panel.getByLabel("Filters in force").textContent()).toBe("Filters: Stages New applicant");
    await page.getByRole("button", { name: "Remove New applicant" }).click();
    await page.getByText("The form has changed since.").waitFor();
    expect(await panel.getByLabel("Filters in force").textContent()).toBe("Filters: Stages New applicant");
    expect(complaints).toEqual([]);
  }, 60_000);

  it("reads all pages with progress, stops when told to, and continues from there without a record twice", async () => {
    await go("list_opportunities");
    await unfold("Response");
    await page.getByLabel("Page size").fill("20");
    lever().faults.add([{ match: { pathPattern: "/opportunities$", nth: 2 }, action: { kind: "delay", delayBeforeMs: 8_000 } }]);
    await button("All pages").click();
    const panel = page.getByRole("region", { name: "All pages" });
    await panel.getByText("20 records", { exact: true }).waitFor();
    await panel.getByRole("button", { name: "Stop" }).click();
    await panel.getByText("stopped").waitFor();
    await takeScreenshots(page, "operations-all-pages");
    await panel.getByRole("button", { name: "Continue" }).click();
    await panel.getByText("complete").waitFor();
    const visible = [...lever().world.opportunityById.values()].length;
    const count = Number(/(\d+) records/.exec((await panel.getByRole("status").textContent()) ?? "")?.[1]);
    expect(count).toBeGreaterThan(40);
    expect(count).toBeLessThanOrEqual(visible);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      panel.getByRole("button", { name: "Download" }).click(),
    ]);
    const stream = await download.createReadStream();
    let text = "";
    for await (const chunk of stream) text += chunk;
    const ids = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).id);
    expect(new Set(ids).size).toBe(count);
    expect(complaints).toEqual([]);
  }, 60_000);

  /** The Idempotency-Keys of the writes that the page sends from now on. */
  function recordKeys(): (string | undefined)[] {
    const keys: (string | undefined)[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("_opportunity_tags")) keys.push(request.headers()["idempotency-key"]);
    });
    return keys;
  }

  async function fillTags(id: string, tag: string): Promise<void> {
    await goWith("add_opportunity_tags", id);
    await field("Tags to add").fill(tag);
    await page.getByRole("option", { name: /as it is typed/ }).click();
    await page.keyboard.press("Escape");
  }

  const problem = (code: string, more: object = {}) => ({
    status: 502,
    contentType: "application/problem+json",
    body: JSON.stringify({
      type: `/docs/errors#${code}`,
      title: "It failed",
      status: 502,
      detail: "it failed",
      instance: "urn:x",
      code,
      retryable: false,
      requestId: "req_1",
      ...more,
    }),
  });

  it("sends a write anew at each press of Run, though nothing in the form has changed", async () => {
    const [id] = [...lever().world.opportunityById.keys()] as [string];
    await fillTags(id, "at each press");
    const keys = recordKeys();
    lever().requests.clear();
    await run();
    await Promise.all([page.waitForResponse("**/add_opportunity_tags"), button("Run").click()]);
    await answer().waitFor();
    expect(await answer().textContent()).not.toContain("Nothing was sent again");
    const sent = lever()
      .requests.report(1_000)
      .data.filter(({ method }) => method === "POST");
    expect(sent).toHaveLength(2);
    // After a failure that is final, too: what was recorded of the first is not what this press asks for.
    await page.route("**/add_opportunity_tags", (route) => route.fulfill(problem("superseded")), { times: 1 });
    await button("Run").click();
    await page.getByText("What superseded means").waitFor();
    await run();
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(4);
    expect(keys).not.toContain(undefined);
  }, 40_000);

  it("repeats a write only by a button that says so, and says whether that is safe", async () => {
    const [id] = [...lever().world.opportunityById.keys()] as [string];
    await fillTags(id, "in doubt");
    const keys = recordKeys();
    await page.route("**/add_opportunity_tags", (route) => route.fulfill(problem("outcome_unknown")), { times: 1 });
    await button("Run").click();
    const alert = page.getByRole("alert").filter({ hasText: "outcome_unknown" });
    await alert.getByText("Safe to send again: doing it twice is the same as doing it once.").waitFor();
    expect(await page.getByRole("button", { name: /Reload|Try again/ }).count()).toBe(0);
    // The form's own button is that button too, while nothing else is known.
    expect(await button("Run").count()).toBe(0);
    expect(await button("Send again").count()).toBe(2);
    await takeScreenshots(page, "operations-in-doubt");
    await alert.getByRole("button", { name: "Send again" }).click();
    await answer().waitFor();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    // What the form does not say any more is not sent again.
    await page.route("**/add_opportunity_tags", (route) => route.fulfill(problem("outcome_unknown")), { times: 1 });
    await button("Run").click();
    await alert.waitFor();
    await page.getByRole("textbox", { name: "Opportunity" }).fill("another");
    await page.getByText("The form has changed since.").waitFor();
    expect(await button("Send again").count()).toBe(0);
    await button("Run").waitFor();
  }, 40_000);

  it("warns before a creation is repeated of which nobody knows whether it happened", async () => {
    await page.route("**/api/v1/connectors/lever", async (route) => {
      const answered = await route.fetch();
      const manifest = await answered.json();
      manifest.operations.add_opportunity_tags.effect = "create";
      await route.fulfill({ response: answered, json: manifest });
    });
    const [id] = [...lever().world.opportunityById.keys()] as [string];
    await fillTags(id, "created");
    const keys = recordKeys();
    await page.route("**/add_opportunity_tags", (route) => route.fulfill(problem("outcome_unknown")), { times: 2 });
    await button("Run").click();
    await page.getByText("Not safe: if the first call arrived, this creates a second one.").waitFor();
    // By the form's button it stays the same call, which the server does not carry out twice.
    await Promise.all([page.waitForResponse("**/add_opportunity_tags"), button("Send again").click()]);
    await button("Send as a new call").click();
    await answer().waitFor();
    expect(keys).toHaveLength(3);
    expect([keys[1] === keys[0], keys[2] === keys[0]]).toEqual([true, false]);
    await page.unroute("**/api/v1/connectors/lever");
  }, 40_000);

  it("repeats a dry run that failed as a dry run", async () => {
    const [id] = [...lever().world.opportunityById.keys()] as [string];
    await fillTags(id, "never sent");
    lever().requests.clear();
    await page.route("**/add_opportunity_tags?dry_run=true", (route) => route.abort(), { times: 1 });
    await button("Dry run").click();
    await page.getByText("The server does not answer").waitFor();
    await button("Retry dry run").click();
    await page.getByRole("region", { name: "Dry run" }).waitFor();
    const sent = lever().requests.report(1_000).data;
    expect(sent.filter(({ method }) => method === "POST")).toEqual([]);
  }, 40_000);

  it("reads again what could not be read, and names that", async () => {
    await go("list_stages");
    await page.route("**/list_stages", (route) => route.abort(), { times: 1 });
    await button("Run").click();
    await button("Retry read").click();
    await answer().waitFor();
  }, 40_000);

  it("does not write twice when a press is repeated after a failure", async () => {
    const [id] = [...lever().world.opportunityById.keys()] as [string];
    await fillTags(id, "once only");
    // The server has done it, and its answer gets lost on the way to this page.
    let isLost = false;
    await page.route("**/api/v1/operations/add_opportunity_tags", async (route) => {
      if (isLost) return route.continue();
      isLost = true;
      await route.fetch();
      return route.abort("connectionreset");
    });
    await button("Run").click();
    await page.getByText("The server does not answer").waitFor();
    await page.getByRole("alert").getByRole("button", { name: "Send again" }).click();
    await answer().waitFor();
    expect(await answer().textContent()).toContain("Nothing was sent again");
    expect(
      lever()
        .ledger.since(0)
        .filter(({ tags }) => tags?.includes("once only")),
    ).toHaveLength(1);
    await page.unroute("**/api/v1/operations/add_opportunity_tags");
  }, 40_000);

  it("copies the call as curl, command line and SDK, with no secret in it", async () => {
    await go("list_opportunities");
    await page.getByLabel("Email").fill("o'brien@example.com");
    for (const [title, wanted] of [
      ["curl", `curl ${open.server.services.publicUrl}/api/v1/operations/list_opportunities`],
      ["Command line", "npx lever-connector operations run list_opportunities --credential demo"],
      ["SDK", 'connector.run("list_opportunities"'],
    ] as const) {
      await button("Copy as").click();
      await page.getByRole("menuitem", { name: title }).click();
      await page.getByText(`Copied for: ${title}`).waitFor();
      const text = (await page.evaluate("navigator.clipboard.readText()")) as string;
      expect(text).toContain(wanted);
      expect(text).toContain("brien@example.com");
      expect(text).not.toMatch(/playground"|lc_/);
    }
  }, 30_000);

  it("shows a record whose fields are not as documented, whatever they hold, and says so in one line", async () => {
    const odd = {
      id: "odd-one",
      name: { first: "Nadia" },
      headline: ["a", 7],
      emails: "nadia@example.com",
      phones: [null, "+43 1 5550100"],
      tags: "Verified",
      createdAt: 9e15,
      stageChanges: [null, 7],
      isAnonymized: "no",
    };
    lever().faults.add([{ match: { pathPattern: "/opportunities/" }, action: { kind: "replace-body", body: { data: odd } } }]);
    await goWith("retrieve_opportunity", [...lever().world.opportunityById.keys()][0] as string);
    const text = await run();
    for (const part of ["nadia@example.com", "+43 1 5550100", "9000000000000000", "Nadia", "Verified"])
      expect(text).toContain(part);
    expect(text).toMatch(/\d+ values are not as Lever's schema says, first \/data\/\w+ must be \S+; shown as sent\./);
    lever().faults.clear();
    lever().faults.add([
      { match: { pathPattern: "/opportunities" }, action: { kind: "replace-body", body: { data: [odd, null], hasNext: false } } },
    ]);
    await go("list_opportunities");
    expect(await run()).toContain("values are not as Lever's schema says");
    await button("All pages").click();
    const pages = page.getByRole("region", { name: "All pages" });
    await pages.getByText("values are not as Lever's schema says").waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("shows the records of a last page that promises more and does not say where, and the error", async () => {
    const data = [{ id: "11111111-1111-4111-8111-111111111111", name: "Nadia Example" }];
    lever().faults.add([
      { match: { pathPattern: "/opportunities$" }, action: { kind: "replace-body", body: { data, hasNext: true } } },
    ]);
    await go("list_opportunities");
    await button("All pages").click();
    const pages = page.getByRole("region", { name: "All pages" });
    await pages.getByRole("alert").waitFor();
    expect(await pages.textContent()).toContain("Nadia Example");
    expect(await pages.getByRole("status").first().textContent()).toBe("1 records");
    expect(await pages.getByRole("button", { name: "Continue" }).count()).toBe(0);
    lever().faults.clear();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("renders what candidates wrote as text", async () => {
    const opportunity = [...lever().world.opportunityById.values()][3] as unknown as {
      id: string;
      tags: readonly string[];
      contact: { name: string; headline: string; links: readonly string[] };
    };
    opportunity.contact.name = NASTY[0] as string;
    opportunity.contact.headline = NASTY[1] as string;
    opportunity.contact.links = ["javascript:window.hit=1", 'http://example.com/" onmouseover=window.hit=1'];
    opportunity.tags = NASTY;
    await go("list_opportunities");
    await run();
    await goWith("retrieve_opportunity", opportunity.id);
    const text = await run();
    for (const nasty of NASTY) expect(text).toContain(nasty);
    await field("Credential").waitFor();
    await takeScreenshots(page, "operations-nasty");
    expect(await page.evaluate("window.hit")).toBeUndefined();
    expect(complaints).toEqual([]);
  }, 40_000);

  it("makes a link of what leads to the web, and of nothing else that candidates wrote", async () => {
    const scripts = [
      "javascript:window.hit=1",
      " JaVaScRiPt:window.hit=1",
      "java\tscript:window.hit=1",
      "data:text/html,<script>1",
    ];
    const web = 'http://example.com/" onmouseover=window.hit=1';
    const [show, list, origin, opportunityLocation] = scripts;
    const [id] = [...lever().world.opportunityById.keys()] as [string];
    const data = { id, name: "Somebody", urls: { show, list, web }, origin, opportunityLocation };
    lever().faults.add([{ match: { pathPattern: "/opportunities/[^/]+$" }, action: { kind: "replace-body", body: { data } } }]);
    await goWith("retrieve_opportunity", id);
    const text = await run();
    for (const script of scripts) expect(text).toContain(script);
    const links = answer().getByRole("link");
    expect(await links.allTextContents()).toEqual([web]);
    expect(await links.first().getAttribute("href")).toBe(web);
    expect(await links.first().getAttribute("rel")).toBe("noopener noreferrer nofollow");
    expect(await answer().locator("a").count()).toBe(1);
    await links.first().hover();
    for (const shown of await answer().locator("dd").all()) await shown.click({ position: { x: 4, y: 4 } });
    expect(await page.evaluate("window.hit")).toBeUndefined();
    expect(complaints).toEqual([]);
  }, 40_000);

  it("keeps what a person filled in out of the address", async () => {
    await go("list_opportunities");
    await page.getByLabel("Email").fill("somebody@example.com");
    await run();
    expect(page.url()).toBe(`${open.server.services.publicUrl}/operations/list_opportunities`);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { storeTime } from "../../store/document-store.ts";
import { ADMIN } from "../server/start.ts";
import { until } from "../support/until.ts";
import { findBarriersInBothThemes } from "./support/find-barriers.ts";
import { type OpenDashboard, openDashboard } from "./support/open-dashboard.ts";
import { overflowWhenNarrow, takeScreenshots } from "./support/take-screenshots.ts";

let dashboard: OpenDashboard;
let inbox: string;
const LONG = "The compliance department's archive of verification outcomes, kept for the auditors of the group";

beforeAll(async () => {
  dashboard = await openDashboard({ playground: { opportunities: 3 } });
  inbox = `${dashboard.server.playground?.url}/inbox`;
}, 60_000);
afterAll(() => dashboard?.close());

const api = (method: string, path: string, body?: unknown) =>
  dashboard.server.call(method, `/api/v1${path}`, { key: ADMIN, body });
const received = () => dashboard.server.playground?.playground.inbox;
const access = { project: "default", actor: "test" };
const idOf = async (name: string) => (await api("GET", `/destinations/${encodeURIComponent(name)}`)).body.id;

/** Nothing that keeps people out, in both themes, nothing wider than a telephone; and pictures. */
async function look(page: Page, name: string): Promise<void> {
  expect(await findBarriersInBothThemes(page)).toEqual([]);
  expect([await overflowWhenNarrow(page), await overflowWhenNarrow(page, 390)]).toEqual([0, 0]);
  await takeScreenshots(page, name);
}

/** Adds one in the dialog that is open, and answers the secret that is shown. */
async function add(page: Page, name: string, url: string): Promise<string> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("URL").fill(url);
  await dialog.getByRole("button", { name: "Add the destination" }).click();
  await page.getByRole("heading", { name: "Copy the signing secret now" }).waitFor();
  const secret = (await dialog.getByText(/^whsec_/).innerText()).trim();
  await page.keyboard.press("Escape");
  await dialog.getByText(secret).waitFor();
  return secret;
}

describe("destinations, in a real browser", () => {
  it("are added with a secret that is shown once, and an address that is not allowed is refused at its field", async () => {
    const { page, complaints } = await dashboard.signIn("/settings/destinations");
    await page.getByRole("heading", { name: "No destination yet" }).waitFor();
    await look(page, "destinations-empty");
    await page.getByRole("button", { name: "Add the first destination" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Add the destination" }).click();
    await dialog.getByText("Enter the URL.").waitFor();
    await dialog.getByLabel("Name").fill("Compliance service");
    await dialog.getByLabel("URL").fill("https://10.0.0.7/hooks");
    await dialog.getByRole("button", { name: "Add the destination" }).click();
    await dialog.getByText("This is no public address.").waitFor();
    expect(await dialog.getByLabel("URL").getAttribute("aria-invalid")).toBe("true");
    expect(await dialog.getByRole("alert").count()).toBe(0);
    expect(await dialog.getByLabel("Name").inputValue()).toBe("Compliance service");
    await look(page, "destination-refused");
    const secret = await add(page, "Compliance service", inbox);
    await look(page, "destination-secret");
    received()?.addSecret(secret);
    await dialog.getByRole("button", { name: "I have saved the secret" }).click();
    await page.getByRole("heading", { level: 1, name: "Compliance service" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Signing secret" }).waitFor();
    expect(await page.content()).not.toContain(secret.slice(6, 30));
    expect(complaints).toEqual([]);
  }, 90_000);

  it("are tested by a signed message, and the page says truly whether it was accepted", async () => {
    const { page } = await dashboard.signIn(`/settings/destinations/${await idOf("Compliance service")}`);
    const test = page.getByRole("region", { name: "Test" });
    await test.getByText("Never tested").waitFor();
    await test.getByRole("button", { name: "Send a test message" }).click();
    await test.getByText("Accepted", { exact: true }).waitFor();
    await test.getByText(/It answered 204, after \d+ ms/).waitFor();
    expect(received()?.list().at(-1)).toMatchObject({ signature: "verified" });
    received()?.answerWith(500, 1);
    await test.getByRole("button", { name: "Send a test message" }).click();
    await test.getByText("Not accepted", { exact: true }).waitFor();
    await test.getByText(/It answered 500/).waitFor();
    await page.reload();
    await test.getByText("Not accepted", { exact: true }).waitFor();
  }, 60_000);

  it("show what was sent with each attempt, pause after a day without success, and resume with what waits", async () => {
    const id = await idOf("Compliance service");
    const { destinations, store } = dashboard.server.services;
    const send = (key: string) => destinations.send(access, { destination: id, id: key, body: { key } });
    const outcome = (key: string) => destinations.outcome(access, key);
    await send("first");
    await until(async () => (await outcome("first")).state === "delivered");
    const { page } = await dashboard.signIn(`/settings/destinations/${id}`);
    const deliveries = page.getByRole("region", { name: "Deliveries" });
    await deliveries.getByText("Delivered").waitFor();
    received()?.answerWith(503, 1_000);
    const { id: late } = await send("late");
    await send("waits");
    for (const key of ["late", "waits"]) await until(async () => (await outcome(key)).attemptCount === 1);
    // The day of one of them is over.
    await store.patch("messages", "default", late, { set: { giveUpAtMs: Date.now() - 1, dueAtMs: storeTime() } });
    await until(async () => (await api("GET", `/destinations/${id}`)).body.paused?.reason === "undelivered");
    await page.reload();
    await page.getByRole("note").getByText("Paused after a day without success").waitFor();
    await deliveries
      .getByRole("button", { name: /It answered 503/ })
      .last()
      .click();
    await deliveries.getByText(/2 attempts/).waitFor();
    await deliveries.getByText("late", { exact: true }).waitFor();
    await look(page, "destination-paused");
    await page.getByRole("link", { name: "Destinations", exact: true }).first().click();
    await page.getByRole("table", { name: "Destinations" }).getByText("Paused after a day without success").waitFor();
    await look(page, "destinations-paused");
    await page.getByRole("link", { name: "Compliance service" }).click();
    received()?.answerWith(204, 1);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("Active", { exact: true }).waitFor();
    await until(async () => (await outcome("waits")).state === "delivered");
    await deliveries.getByRole("button", { name: "Reload the deliveries" }).click();
    expect(await deliveries.getByText("Delivered").count()).toBe(2);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("note").getByText("Paused by a person").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await look(page, "destination-page");
  }, 120_000);

  it("subscribe to product events, each choice saved at once, and say of what they were told", async () => {
    const id = await idOf("Compliance service");
    const { page, complaints } = await dashboard.signIn(`/settings/destinations/${id}`);
    const events = page.getByRole("region", { name: "Product events" });
    await events.getByLabel("A decision is needed").check();
    await events.getByLabel("A run failed").check();
    await until(async () => (await api("GET", `/destinations/${id}`)).body.events.length === 2);
    expect((await api("GET", `/destinations/${id}`)).body.events.sort()).toEqual(["approval.waiting", "run.failed"]);
    await page.reload();
    expect(await events.getByLabel("A decision is needed").isChecked()).toBe(true);
    await events.getByLabel("A run failed").uncheck();
    await until(async () => (await api("GET", `/destinations/${id}`)).body.events.length === 1);
    const ask = { id: "ask", title: "Ask", kind: "approval", message: "Go on?" };
    const { body } = await api("POST", "/workflows", { name: "asks", title: "Asks", trigger: { type: "api" }, steps: [ask] });
    await api("POST", `/workflows/${body.id}/publish`);
    await api("POST", `/workflows/${body.id}/runs`, {});
    await until(() => received()?.list().at(-1)?.body.includes('"approval.waiting"') === true);
    const told = received()?.list().at(-1);
    expect(told?.signature).toBe("verified");
    await page.reload();
    await page
      .getByRole("region", { name: "Deliveries" })
      .getByText(/^Product event approval.waiting/)
      .waitFor();
    expect(await findBarriersInBothThemes(page)).toEqual([]);
    await takeScreenshots(page, "destination-events");
    // Its link leads to the run that waits.
    await page.goto(JSON.parse(told?.body ?? "").data.link);
    await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("get another name, another address and another secret, and say who else has changed them", async () => {
    const id = await idOf("Compliance service");
    const { page } = await dashboard.signIn(`/settings/destinations/${id}`);
    await page.getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill(LONG);
    await dialog.getByLabel("URL").fill("http://internal.example/");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog
      .getByText(/EGRESS_ALLOW|https/)
      .first()
      .waitFor();
    expect(await dialog.getByLabel("URL").getAttribute("aria-invalid")).toBe("true");
    await api("PATCH", `/destinations/${id}`, { name: "Somebody else's name" });
    await dialog.getByLabel("URL").fill(`${inbox}?${"long=".repeat(60)}`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText(/Somebody else's name/).waitFor();
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: LONG }).waitFor();
    await look(page, "destination-long");
    await page.getByRole("button", { name: "Rotate …" }).click();
    await dialog.getByRole("button", { name: "Rotate the secret" }).click();
    const secret = (await dialog.getByText(/^whsec_/).innerText()).trim();
    await dialog.getByRole("button", { name: "I have saved the secret" }).click();
    await page.getByText(/signed with the previous one as well until/).waitFor();
    received()?.addSecret(secret);
    await page.getByRole("button", { name: "Send a test message" }).click();
    await page.getByText("Accepted", { exact: true }).waitFor();
    expect(received()?.list().at(-1)).toMatchObject({ signature: "verified" });
  }, 90_000);

  it("are added in the editor of a workflow, whose draft stays, and deleted after what uses them is shown", async () => {
    const { page, complaints } = await dashboard.signIn("/workflows/new");
    await page.getByLabel("Title").first().fill("Tells our own system");
    await page.getByRole("button", { name: "Add a step" }).click();
    await page.getByRole("option", { name: /^Send a message/ }).click();
    await page.getByRole("button", { name: "Add a destination" }).click();
    await add(page, "From the editor", inbox);
    await page.getByRole("button", { name: "I have saved the secret" }).click();
    const field = page.getByRole("combobox", { name: "Destination" });
    await until(async () => (await field.inputValue()) === "From the editor");
    expect(await page.getByLabel("Title").first().inputValue()).toBe("Tells our own system");
    await look(page, "editor-destination");
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Saved").first().waitFor();
    const id = await idOf("From the editor");
    await page.goto(`/settings/destinations/${id}`);
    await page.getByRole("button", { name: "Delete the destination …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 workflow uses it").waitFor();
    await dialog.getByText("Tells our own system").waitFor();
    await dialog.getByRole("textbox").fill("From the editor");
    await look(page, "destination-delete");
    await dialog.getByRole("button", { name: "Delete destination" }).click();
    await page.waitForURL("**/settings/destinations");
    expect((await api("GET", `/destinations/${id}`)).status).toBe(404);
    await page.goto(`/settings/destinations/${id}`);
    await page.getByRole("heading", { name: "There is no such destination" }).waitFor();
    expect(complaints).toEqual([]);
  }, 90_000);

  it("are listed by the hundred, searched by the server, and a list that fails says so", async () => {
    const { destinations } = dashboard.server.services;
    for (let at = 0; at < 101; at++) await destinations.create(access, { name: `Many ${at}`, url: `${inbox}?${at}` });
    const { page } = await dashboard.signIn("/settings/destinations");
    const table = page.getByRole("table", { name: "Destinations" });
    await table.waitFor();
    expect(await table.getByRole("row").count()).toBe(101);
    await page.getByLabel("Search destinations").fill("many 100");
    await table.getByRole("link", { name: "Many 100" }).waitFor();
    expect(await table.getByRole("row").count()).toBe(2);
    await page.getByLabel("Search destinations").fill("nothing like it");
    await page.getByRole("button", { name: "Show all destinations" }).click();
    await page.getByRole("button", { name: "Show more destinations" }).click();
    await table.getByRole("link", { name: "Many 100" }).waitFor();
    await page.route("**/api/v1/destinations*", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").waitFor({ timeout: 20_000 });
  }, 60_000);
});

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openDashboard } from "../test/dashboard/support/open-dashboard.ts";
import { ADMIN, playgroundCredential } from "../test/server/start.ts";
import { buildTestDashboard } from "./build-test-dashboard.ts";

/** `npm run images`: makes the pictures that README and docs/dashboard.md show, from the dashboard as it is and a playground. */
const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/images");
mkdirSync(folder, { recursive: true });
await buildTestDashboard(root);
const dashboard = await openDashboard({ playground: { opportunities: 400 } });
try {
  await takeAll();
} finally {
  await dashboard.close();
}

async function takeAll(): Promise<void> {
  const { server } = dashboard;
  const user = [...(server.playground?.playground.world.userById.keys() ?? [])][0];
  const add = (nickname: string) =>
    server.call("POST", "/api/v1/credentials", {
      key: ADMIN,
      body: { ...playgroundCredential(nickname), defaultPerformAs: user },
    });
  const { id } = (await add("Lever for verification")).body;
  await server.call("POST", `/api/v1/credentials/${id}/test`, { key: ADMIN });
  const view = { viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" } as const;

  const light = (await dashboard.signIn(`/credentials/${id}`, { ...view, colorScheme: "light" })).page;
  await light.getByRole("button", { name: "Run the test" }).click();
  await light.getByText("round trip", { exact: false }).first().waitFor();
  await light.mouse.move(0, 0);
  await light.screenshot({ path: join(folder, "credential.png"), animations: "disabled" });

  const dark = (await dashboard.signIn("/operations/list_opportunities", { ...view, colorScheme: "dark" })).page;
  await dark.getByRole("button", { name: "Run", exact: true }).click();
  const answer = dark.getByRole("region", { name: "Result" });
  await answer.getByRole("button", { name: `What to do with ${completeRow()}` }).click();
  await dark.getByRole("menuitem", { name: "Retrieve Opportunity" }).click();
  await dark.waitForURL("**/retrieve_opportunity");
  await dark.getByRole("button", { name: "Run", exact: true }).click();
  await answer.getByRole("heading", { level: 3 }).waitFor();
  await dark.evaluate("scrollTo(0, document.querySelector('section[aria-label=Result]').offsetTop - 180)");
  await dark.mouse.move(0, 0);
  await dark.waitForTimeout(500);
  await dark.screenshot({ path: join(folder, "operation.png"), animations: "disabled" });
}

/** The name of a person on the first page who has an address and tags, as most have not. */
function completeRow(): string {
  const rows = dashboard.server.playground?.playground.world.opportunities.rows.slice(0, 90) ?? [];
  const complete = rows.find(
    ({ contact, tags }) =>
      contact.name !== "" &&
      contact.emails.length * tags.length > 0 &&
      rows.filter((row) => row.contact.name === contact.name).length === 1,
  );
  if (complete === undefined) throw new Error("Nobody on the first page has an address and tags");
  return complete.contact.name;
}

import type { Page } from "playwright-core";

/** What a person does to add a credential, from wherever a page of the dashboard is. */
export async function beginCredential(page: Page, nickname: string, kind: "Sign in to Lever" | "API key"): Promise<void> {
  await page.goto("/credentials?add");
  await page.getByLabel("Nickname").fill(nickname);
  await page.getByRole("radio", { name: new RegExp(`^${kind}`) }).check();
}

/** Adds a credential of the playground by its key, up to its page. */
export async function addByKey(page: Page, nickname: string): Promise<void> {
  await beginCredential(page, nickname, "API key");
  await page.getByRole("textbox", { name: "API key" }).fill("playground");
  await page.getByRole("button", { name: "Save and test" }).click();
  await page.getByText("Usable", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Open the credential" }).click();
  await page.getByRole("heading", { level: 1, name: nickname }).waitFor();
}

/** Goes to the playground's consent page for a new credential. */
export async function goToConsent(page: Page, nickname: string): Promise<void> {
  await beginCredential(page, nickname, "Sign in to Lever");
  await page.getByRole("button", { name: "Continue to Lever" }).click();
  await page.getByRole("button", { name: "Approve" }).waitFor();
}

/** Adds a credential of the playground by consent, up to its page. */
export async function addByConsent(page: Page, nickname: string): Promise<void> {
  await goToConsent(page, nickname);
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText("Lever is connected").waitFor();
  await page.getByText("Usable", { exact: true }).waitFor();
}

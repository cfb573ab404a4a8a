import type { Page } from "playwright-core";

/**
 * Collects what a page complains of: errors of its scripts, what the Content-Security-Policy kept it from, errors on its console. That an
 * answer had status 4xx is no complaint: failures are shown on the page, and tests look there.
 */
export async function watchPage(page: Page): Promise<string[]> {
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('policy:', event.effectiveDirective, event.blockedURI, event.sample))",
  );
  return listenTo(page);
}

/** The complaints of a page that is watched already, from now on. */
export function listenTo(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`thrown: ${error}`));
  page.on("console", (message) => {
    const text = message.text();
    const isRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(text);
    if (message.type() === "error" && !isRefusal) complaints.push(`console: ${text}`);
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return complaints;
}

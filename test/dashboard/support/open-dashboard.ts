import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { reveal } from "../../../sealing/secret.ts";
import { startTestServer, type TestServer } from "../../server/start.ts";
import { launchBrowser } from "./browser.ts";
import { watchPage } from "./watch-page.ts";

export interface OpenDashboard {
  readonly server: TestServer;
  readonly browser: Browser;
  /** A page of a new browser that nobody is signed in with. */
  newPage(options?: BrowserContextOptions): Promise<WatchedPage>;
  /** A page of a new browser, signed in by access link, at an address of the dashboard. */
  signIn(path?: string, options?: BrowserContextOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

export interface WatchedPage {
  readonly page: Page;
  /** What went wrong in it so far; see `watchPage`. */
  readonly complaints: string[];
}

export const BUILT = join(import.meta.dirname, "../../../.cache/dashboard");

/** A server with the built dashboard and a playground, and a browser to look at it. */
export async function openDashboard(
  options: Omit<Parameters<typeof startTestServer>[0], "dashboardDir"> = {},
): Promise<OpenDashboard> {
  if (!existsSync(join(BUILT, "index.html"))) throw new Error("The dashboard is not built; run the tests by `npm test`");
  const browser = await launchBrowser();
  const server = await startTestServer({ ...options, dashboardDir: BUILT });
  const { publicUrl, accessLinks } = server.services;

  async function newPage(options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: publicUrl, ...options });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    return { page, complaints: await watchPage(page) };
  }

  return {
    server,
    browser,
    newPage,
    async signIn(path = "/", options) {
      const opened = await newPage(options);
      // As the button of the access page does; that page itself is pressed in walk.test.ts and session.test.ts.
      const form = { token: reveal(await accessLinks.create()) };
      const headers = { origin: new URL(publicUrl).origin };
      const answer = await opened.page.request.post("/access", { form, headers, maxRedirects: 0 });
      if (answer.status() !== 303) throw new Error(`signing in was answered ${answer.status()}`);
      await opened.page.goto(path);
      return opened;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

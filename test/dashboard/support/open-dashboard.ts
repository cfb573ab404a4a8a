import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { reveal } from "../../../sealing/secret.ts";
import { startTestServer, type TestServer } from "../../server/start.ts";
import { launchBrowser } from "./browser.ts";
import { listenTo, watchPage } from "./watch-page.ts";

export interface OpenDashboard {
  readonly server: TestServer;
  readonly browser: Browser;
  /** A page of a new browser that nobody is signed in with. */
  newPage(options?: BrowserContextOptions): Promise<WatchedPage>;
  /**
   * A page signed in by access link, at an address of the dashboard. Without options it is the page that was signed in so before, with nothing
   * left of what it was told; its other tabs are closed.
   */
  signIn(path?: string, options?: BrowserContextOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

export interface WatchedPage {
  readonly page: Page;
  /** What went wrong in it so far; see `watchPage`. */
  readonly complaints: string[];
}

const WIDE = { width: 1280, height: 900 };
export const BUILT = join(import.meta.dirname, "../../../.cache/dashboard");

/**
 * A server with the built dashboard and a playground, and a browser to look at it.
 *
 * @param beside another one whose browser is used, and stays open
 */
export async function openDashboard(
  options: Omit<Parameters<typeof startTestServer>[0], "dashboardDir"> = {},
  beside?: OpenDashboard,
): Promise<OpenDashboard> {
  if (!existsSync(join(BUILT, "index.html"))) throw new Error("The dashboard is not built; run the tests by `npm test`");
  const browser = beside?.browser ?? (await launchBrowser());
  const server = await startTestServer({ ...options, dashboardDir: BUILT });
  const { publicUrl, accessLinks } = server.services;

  let used: Page | undefined;

  async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    // Where nothing moves, nothing has to be waited for.
    const defaults = { viewport: WIDE, baseURL: publicUrl, reducedMotion: "reduce" } as const;
    const context = await browser.newContext({ ...defaults, ...options });
    context.setDefaultTimeout(10_000);
    return context;
  }

  async function newPage(context: BrowserContext): Promise<WatchedPage> {
    const page = await context.newPage();
    return { page, complaints: await watchPage(page) };
  }

  /** The page of the test before, as new: a process of its own and scripts that nobody has compiled cost more than most tests. */
  async function usedPage(): Promise<WatchedPage> {
    if (used === undefined || used.isClosed()) {
      const opened = await newPage(await newContext());
      used = opened.page;
      return opened;
    }
    const context = used.context();
    await context.setOffline(false);
    await used.unrouteAll();
    // It may be at Lever's, where the dashboard's memory is out of reach.
    if (!used.url().startsWith(publicUrl)) await used.goto("/healthz");
    await used.evaluate("localStorage.clear(), sessionStorage.clear()");
    await Promise.all(context.pages().map((page) => page !== used && page.close()));
    for (const event of ["console", "dialog", "domcontentloaded", "pageerror", "request", "response"])
      used.removeAllListeners(event);
    await Promise.all([context.unrouteAll(), context.clearCookies(), context.clearPermissions()]);
    await used.emulateMedia({ colorScheme: null, reducedMotion: "reduce" });
    await used.setViewportSize(WIDE);
    return { page: used, complaints: listenTo(used) };
  }

  return {
    server,
    browser,
    newPage: async (options) => newPage(await newContext(options)),
    async signIn(path = "/", options) {
      const opened = await (options === undefined ? usedPage() : newPage(await newContext(options)));
      // As the button of the access page does; that page itself is pressed in walk.test.ts and session.test.ts.
      const form = { token: reveal(await accessLinks.create()) };
      const headers = { origin: new URL(publicUrl).origin };
      const answer = await opened.page.request.post("/access", { form, headers, maxRedirects: 0 });
      if (answer.status() !== 303) throw new Error(`signing in was answered ${answer.status()}`);
      await opened.page.goto(path);
      return opened;
    },
    async close() {
      await (beside ? used?.context().close() : browser.close());
      await server.close();
    },
  };
}

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as launcher, type Page } from "playwright-core";
import { reveal } from "../../credentials/secret.ts";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

/** The bundled Chromium runs on Linux on x64 alone; elsewhere the pages are only tested without a browser. */
const here = process.platform === "linux" && process.arch === "x64" ? describe : describe.skip;

here("in a real browser, under the Content-Security-Policy", () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    browser = await launcher.launch({ executablePath: await chromium.executablePath(), args: chromium.args, headless: true });
    page = await (await browser.newContext()).newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("a person signs in with the access link, makes an API key, and signs out", async () => {
    const { accessLinks, publicUrl } = server.services;
    await page.goto(`${publicUrl}/access?token=${reveal(await accessLinks.create())}`);
    await page.click("button");
    await page.waitForURL(`${publicUrl}/`);
    await page.fill("input[name=name]", "from the page");
    await page.check("input[value='credentials:read']");
    await page.click("text=Make the key");
    const key = (await page.textContent("[role=status] pre")) ?? "";
    expect((await server.call("GET", "/api/v1/credentials", { key })).status).toBe(200);
    await page.click("text=Revoke");
    await page.waitForURL(`${publicUrl}/`);
    expect((await server.call("GET", "/api/v1/credentials", { key })).status).toBe(401);
    await page.click("text=Sign out");
    await page.waitForSelector("text=You are not signed in");
    expect(complaints).toEqual([]);
  }, 30_000);

  it("no page is wider than a telephone, and no word of a table is torn apart", async () => {
    const { accessLinks, publicUrl } = server.services;
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(`${publicUrl}/access?token=${reveal(await accessLinks.create())}`);
    await page.click("button");
    await page.waitForURL(`${publicUrl}/`);
    await page.fill("input[name=name]", "x".repeat(60));
    await page.check("input[value='credentials:read']");
    await page.click("text=Make the key");
    await page.waitForSelector("[role=status] pre");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400);
    const heights = await page.$$eval("th, td button", (cells) =>
      cells.map((cell) => (cell as unknown as { offsetHeight: number }).offsetHeight),
    );
    expect(heights.length).toBeGreaterThan(4);
    expect(Math.max(...heights)).toBeLessThan(50);
    await page.click("text=Sign out");
  }, 30_000);

  it("a person connects an account through the start page and the consent page of the playground", async () => {
    const body = {
      connector: "lever",
      nickname: "<img src=x onerror=alert(1)>",
      environment: "playground",
      auth: { type: "oauth2" },
    };
    const made = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
    await page.goto(made.body.authorizeUrl);
    expect(await page.textContent("dl")).toContain(body.nickname);
    await page.click("text=Continue to Lever");
    await page.click("text=Approve");
    await page.waitForSelector("text=is connected");
    expect(await page.textContent("tr:last-child")).toMatch(/^passround trip\d+ ms$/);
    expect((await server.call("GET", `/api/v1/credentials/${made.body.id}`, { key: ADMIN })).body.status).toBe("healthy");
    await page.reload();
    await page.waitForSelector("text=If you have just connected the account, it is connected");
    // The browser itself reports the 403 of the reload; nothing else may be wrong.
    expect(complaints.filter((text) => !text.includes("403"))).toEqual([]);
  }, 30_000);
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { reveal } from "../../sealing/secret.ts";
import { launchBrowser } from "../dashboard/support/browser.ts";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

describe("in a real browser, under the Content-Security-Policy", () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
    page = await (await browser.newContext()).newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("a person signs in with the access link and is in the dashboard, whose scripts and styles are allowed", async () => {
    const { accessLinks, publicUrl } = server.services;
    await page.goto(`${publicUrl}/access?token=${reveal(await accessLinks.create())}`);
    await page.click("button");
    await page.waitForURL(`${publicUrl}/`);
    await page.waitForSelector("text=the dashboard runs");
    expect(await page.evaluate("getComputedStyle(document.getElementById('root')).color")).toBe("rgb(1, 2, 3)");
    expect(await page.evaluate("fetch('/session').then((answer) => answer.json())")).toMatchObject({ signedIn: true });
    expect(complaints).toEqual([]);
  }, 30_000);

  it("the dashboard runs no script that is in the page, none of another origin, and no style without the nonce", async () => {
    await page.goto(`${server.services.publicUrl}/credentials`);
    await page.waitForSelector("text=the dashboard runs");
    await page.evaluate(`
      const script = document.createElement("script");
      script.textContent = "document.title = 'injected'";
      const style = document.createElement("style");
      style.textContent = "#root { color: rgb(9, 9, 9) !important; }";
      const image = document.createElement("div");
      image.innerHTML = "<img src=x onerror=document.title=1>";
      document.body.append(script, style, image);
    `);
    await page.waitForTimeout(200);
    expect(await page.title()).toBe("lever-connector");
    expect(await page.evaluate("getComputedStyle(document.getElementById('root')).color")).toBe("rgb(1, 2, 3)");
    expect(complaints.filter((text) => text.includes("Content Security Policy")).length).toBeGreaterThanOrEqual(3);
    complaints.length = 0;
  }, 30_000);

  it("no page of the server's own is wider than a telephone", async () => {
    const { accessLinks, publicUrl } = server.services;
    const body = { connector: "lever", nickname: "x".repeat(60), environment: "playground", auth: { type: "oauth2" } };
    const made = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
    await page.setViewportSize({ width: 400, height: 800 });
    for (const path of [
      `/access?token=${reveal(await accessLinks.create())}`,
      "/access",
      "/docs/errors",
      made.body.authorizeUrl,
    ]) {
      await page.goto(new URL(path, publicUrl).href);
      expect([path, (await page.evaluate("document.documentElement.scrollWidth")) as number]).toEqual([path, 400]);
    }
    // The browser itself reports the 403 of the link that is none.
    expect(complaints.filter((text) => !text.includes("403"))).toEqual([]);
    complaints.length = 0;
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

import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { readConfig } from "../../app/config.ts";
import { reveal } from "../../sealing/secret.ts";
import { launchBrowser } from "../dashboard/support/browser.ts";
import { watchPage } from "../dashboard/support/watch-page.ts";
import { sessionOf } from "./sign-in.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

const BUILT = join(import.meta.dirname, "../../.cache/dashboard");

describe.each([
  ["passes it on", (url: string) => url],
  ["takes it away", (url: string) => url.replace(/^\/lever\/?/, "/")],
])("a server below a path, behind a proxy that %s", (_how, toTarget) => {
  let proxy: Server;
  let origin: string;
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    proxy = createServer((req, res) => {
      const { url = "", method, headers } = req;
      if (!/^\/lever(?=[/?]|$)/.test(url)) return void res.writeHead(404).end("beside the server");
      const sent = request(server.url + toTarget(url), { method, headers }, (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      });
      sent.on("error", () => res.destroy());
      req.pipe(sent);
    });
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    server = await startTestServer({ env: { PUBLIC_URL: `${origin}/lever/` }, dashboardDir: BUILT });
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    proxy.closeAllConnections();
    proxy.close();
    await server?.close();
  });

  async function newPage(): Promise<{ page: Page; complaints: string[] }> {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(15_000);
    return { page, complaints: await watchPage(page) };
  }

  it("lets people sign in, walk through the dashboard, reload any page of it and sign out", async () => {
    const { page, complaints } = await newPage();
    await page.goto(`${origin}/lever/access?token=${reveal(await server.services.accessLinks.create())}`);
    await page.click("button");
    await page.waitForURL(`${origin}/lever/marketplace`);
    await page.click("nav >> text=Credentials");
    await page.waitForURL(`${origin}/lever/credentials`);
    await page.goto(`${origin}/lever/settings/api-keys/`);
    await page.waitForURL(`${origin}/lever/settings/api-keys`);
    await page.waitForSelector("h1");
    const cookies = await page.context().cookies();
    expect(cookies.map(({ name, path }) => [name, path])).toEqual([["lc_session", "/lever"]]);
    await page.evaluate(`fetch("/lever/session").then((answer) => answer.json()).then(({ csrfToken }) =>
      fetch("/lever/sign-out", { method: "POST", headers: { "x-csrf-token": csrfToken } }))`);
    await page.reload();
    await page.waitForSelector("h1:has-text('Sign in')");
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it("brings a consent of the dashboard back to its page there", async () => {
    const { page } = await newPage();
    await page.goto(`${origin}/lever/access?token=${reveal(await server.services.accessLinks.create())}`);
    await page.click("button");
    await page.waitForURL(`${origin}/lever/marketplace`);
    const body = { connector: "lever", nickname: "by consent", environment: "playground", auth: { type: "oauth2" } };
    const made = (await page.evaluate(`fetch("/lever/session").then((answer) => answer.json()).then(({ csrfToken }) =>
      fetch("/lever/api/v1/credentials", {
        method: "POST", body: ${JSON.stringify(JSON.stringify(body))},
        headers: { "content-type": "application/json", "x-csrf-token": csrfToken },
      })).then((answer) => answer.json())`)) as { id: string; authorizeUrl: string };
    expect(made.authorizeUrl).toMatch(new RegExp(`^${origin}/lever/oauth/lever/playground/start\\?ticket=`));
    await page.goto(made.authorizeUrl);
    await page.click("text=Approve");
    await page.waitForURL(`${origin}/lever/credentials/${made.id}*`);
    await page.waitForSelector("text=by consent");
    await page.context().close();
  }, 60_000);

  it("leads people without a session through a consent by pages whose links stay below the path", async () => {
    const { page } = await newPage();
    const body = { connector: "lever", nickname: "elsewhere", environment: "playground", auth: { type: "oauth2" } };
    const made = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
    await page.goto(made.body.authorizeUrl);
    await page.click("text=Continue to Lever");
    await page.click("text=Approve");
    await page.waitForSelector("text=is connected");
    expect(await page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius")).toBe("14px");
    const links = (await page.evaluate("[...document.links].map(({ href }) => href)")) as string[];
    expect(links.length).toBeGreaterThan(1);
    expect(links.filter((link) => !link.startsWith(`${origin}/lever/`))).toEqual([]);
    await page.goto(`${origin}/lever/assets/nothing`);
    await page.click("text=Back to the start");
    await page.waitForURL(`${origin}/lever/`);
    await page.context().close();
  }, 60_000);
});

describe("addresses that a server below a path answers with", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ env: { PUBLIC_URL: "https://example.com/team/lever", PLAYGROUND: "off" } });
  });
  afterAll(() => server.close());

  it("hold the path: locations, explanations of errors, and the cookie", async () => {
    const made = await server.call("POST", "/team/lever/api/v1/api-keys", { key: ADMIN, body: { name: "x", scopes: ["admin"] } });
    expect(made.status).toBe(201);
    const missing = await server.call("GET", "/team/lever/api/v1/credentials/none", { key: ADMIN });
    expect(missing.body.type).toBe("/team/lever/docs/errors#not_found");
    for (const path of ["/healthz", "/team/lever/healthz", "/team/lever", "/team/lever?a=b", "/", "/team/lever/credentials"])
      expect([path, (await server.call("GET", path, { headers: { accept: "text/html" } })).status]).toEqual([path, 200]);
    for (const path of ["/team/leverage", "/team", "/team/lever/team/lever/healthz"])
      expect([path, (await server.call("GET", path)).status]).toEqual([path, 404]);
    const token = reveal(await server.services.accessLinks.create());
    const headers = { "content-type": "application/x-www-form-urlencoded", "x-forwarded-proto": "https" };
    const signedIn = await server.call("POST", "/team/lever/access", { body: `token=${token}`, headers });
    expect([signedIn.status, signedIn.headers.get("location")]).toEqual([303, "/team/lever/"]);
    expect(signedIn.headers.get("set-cookie")).toMatch(
      /^__Secure-lc_session=.*; Path=\/team\/lever;.*HttpOnly; Secure; SameSite=Lax$/,
    );
    const person = await sessionOf(server, signedIn);
    const https = { "x-forwarded-proto": "https" };
    const refused = await person.call("POST", "/sign-out", undefined, { ...https, origin: "https://evil.example" });
    expect(refused.body.code).toBe("csrf_rejected");
    expect((await person.call("POST", "/sign-out", undefined, { ...https, origin: "https://example.com" })).status).toBe(204);
  });

  it("say where a new credential is", async () => {
    const other = await startTestServer({ env: { PUBLIC_URL: "http://127.0.0.1:1/lever" } });
    const made = await other.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("x") });
    expect(made.headers.get("location")).toBe(`/lever/api/v1/credentials/${made.body.id}`);
    await other.close();
  });
});

describe("PUBLIC_URL", () => {
  it.each([
    ["https://example.com/lever/", "https://example.com/lever"],
    ["https://example.com/a/b-c_d.e~f", "https://example.com/a/b-c_d.e~f"],
    ["https://example.com/x/../lever", "https://example.com/lever"],
    ["https://example.com/", "https://example.com"],
  ])("may be %s", (given, kept) => {
    expect(readConfig({ PUBLIC_URL: given }).publicUrl).toBe(kept);
  });

  it.each(["/api", "/oauth/x", "/credentials", "/a%2fb", "/a//b", "//a", "/a b", "/a?b", "/a#b", "/ü"])(
    "may not have the path %s",
    (path) => {
      expect(() => readConfig({ PUBLIC_URL: `https://example.com${path}` })).toThrow(/^PUBLIC_URL must /);
    },
  );
});

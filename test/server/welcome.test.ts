import { describe, expect, it } from "@jest/globals";
import { variablesSet } from "../../app/config.ts";
import { Secret } from "../../sealing/secret.ts";
import { welcomeText } from "../../server/welcome.ts";
import { ADMIN, startTestServer } from "./start.ts";

const base = {
  publicUrl: "http://127.0.0.1:3000",
  data: "/srv/lever/data",
  keyFile: "/srv/lever/data/keys",
  variables: [],
  playground: { url: "http://127.0.0.1:3001", service: "Lever" },
  signIn: { kind: "link", token: new Secret("once") },
} as const;

describe("what a started server tells", () => {
  it("is where everything is, and what to do next", () => {
    const text = welcomeText(base);
    for (const told of [
      "http://127.0.0.1:3000/access?token=once  (works once, for 24 hours)",
      "http://127.0.0.1:3000/api/v1",
      "http://127.0.0.1:3001",
      "/srv/lever/data\n",
      "/srv/lever/data/keys",
      "npx lever-connector api-keys create",
    ])
      expect(text).toContain(told);
    expect(text).toContain("or in another terminal:\n");
    expect(text).toContain("Next: open the sign-in link above, add a credential (environment: playground)");
  });

  it("holds no link once somebody has signed in, and no playground where it is off", () => {
    const text = welcomeText({ ...base, signIn: { kind: "command" }, playground: undefined, keyFile: undefined });
    expect(text).toContain("npx lever-connector access-link");
    expect(text).toContain("Next: open http://127.0.0.1:3000, signed in, add a credential, test it");
    expect(text).not.toMatch(/token=|Playground|Encryption keys/);
  });

  it("names the variables that the other terminal needs, so that it works on the same store", () => {
    const variables = variablesSet({
      DATA_DIR: "/srv",
      MONGODB_URI: " ",
      ADMIN_TOKEN: "admin-token-of-the-tests",
      HOME: "/root",
    });
    const text = welcomeText({ ...base, variables });
    expect(text).toContain("or in another terminal, with DATA_DIR, ADMIN_TOKEN set as here:\n");
    expect(text).not.toContain("admin-token-of-the-tests");
  });
});

describe("the access link that a start prints", () => {
  const OIDC = { OIDC_ISSUER: "http://127.0.0.1:1", OIDC_CLIENT_ID: "x", OIDC_CLIENT_SECRET: "x", OIDC_ALLOW: "a@b.test" };
  const LINK = /\/access\?token=([\w-]{43})/;
  const start = (env: Record<string, string> = {}) => startTestServer({ env: { PLAYGROUND: "off", ...env } });

  it("lets a newcomer in at once, is not created again while it works, and not once somebody has signed in", async () => {
    const server = await start();
    const token = LINK.exec(await server.welcome())?.[1] ?? "";
    const second = await server.welcome();
    expect(second).not.toMatch(LINK);
    expect(second).toMatch(/created earlier, until \d{4}-[^ ]+Z, or with a new one: npx lever-connector access-link/);
    expect((await server.call("GET", `/access?token=${token}`)).status).toBe(200);
    const { store, accessLinks } = server.services;
    await store.patch("meta", "default", "access_link", { set: { createdAtMs: Date.now() - 25 * 3_600_000 } });
    const third = LINK.exec(await server.welcome())?.[1] ?? "";
    expect(third).not.toBe(token);
    expect(await accessLinks.redeem(third)).toBe(true);
    const last = await server.welcome();
    expect([LINK.test(last), last.includes("with a new link: npx lever-connector access-link")]).toEqual([false, true]);
    await server.close();
  });

  it("is none where people sign in at a provider; the command still creates one", async () => {
    const server = await start({ ...OIDC, OIDC_TITLE: "Example Login" });
    const text = await server.welcome();
    expect([LINK.test(text), text.includes("at Example Login")]).toEqual([false, true]);
    expect(await server.services.accessLinks.state()).toEqual({ used: false, worksUntil: undefined });
    const made = await server.call("POST", "/api/v1/access-links", { key: ADMIN });
    expect((await server.call("GET", new URL(made.body.url).pathname + new URL(made.body.url).search)).status).toBe(200);
    await server.close();
  });
});

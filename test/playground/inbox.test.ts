import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { type Client, start } from "./client.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
let lever: Client;
let now: number;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 20);
  lever = await start({ opportunities: 5, now: () => now });
});
afterEach(() => lever.close());

function post(body: string, { path = "/inbox", secret = SECRET, at = now, more = {} } = {}) {
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(secret).sign("msg_1", new Date(at), body),
    ...more,
  };
  return lever.call("POST", path, body, headers);
}

const seen = async () => (await lever.control("GET", "/inbox")).body.data;
const verdicts = async () => (await seen()).map(({ signature }: { signature: string }) => signature);

describe("the inbox", () => {
  it("takes any message, here and below, and tells its headers, its body and how it is signed", async () => {
    expect((await lever.call("POST", "/inbox/team/a?x=1", { a: 1 })).status).toBe(204);
    expect((await post('{"b":2}')).status).toBe(204);
    expect(await seen()).toMatchObject([
      { seq: 1, at: now, path: "/team/a?x=1", body: '{"a":1}', bytes: 7, signature: "unsigned" },
      { seq: 2, path: "", headers: { "webhook-id": "msg_1" }, body: '{"b":2}', signature: "unverified" },
    ]);
  });

  it("verifies signatures with the secrets that it is told: of the right secret, body and time", async () => {
    expect((await lever.control("POST", "/inbox/secrets", { secret: SECRET })).body).toEqual({ secrets: 1 });
    await post("{}");
    await post("{}", { secret: "whsec_c29tZSBvdGhlciBzZWNyZXQgYWx0b2dldGhlcg==" });
    await post("{}", { at: now - 301_000 });
    await post("{}", { more: { "webhook-timestamp": "soon" } });
    await post("{}", { more: { "webhook-id": "msg_2" } });
    const two = `v1,AAAA ${new Webhook(SECRET).sign("msg_1", new Date(now), "{}")}`;
    await post("{}", { more: { "webhook-signature": two } });
    expect(await verdicts()).toEqual(["verified", "wrong", "wrong", "wrong", "wrong", "verified"]);
    expect((await lever.control("POST", "/inbox/secrets", { secret: "hunter2" })).status).toBe(400);
  });

  it("answers as it is told, then 204 again", async () => {
    await lever.control("POST", "/inbox/answer", { status: 503, times: 2 });
    expect([(await post("1")).status, (await post("1")).status, (await post("1")).status]).toEqual([503, 503, 204]);
    expect((await lever.control("POST", "/inbox/answer", { status: 99 })).status).toBe(400);
  });

  it("keeps the newest 200, of long bodies the beginning, and nothing after a reset", async () => {
    await post("x".repeat(150_000));
    expect((await seen())[0]).toMatchObject({ bytes: 150_000, body: "x".repeat(100_000) });
    for (let n = 0; n < 205; n++) lever.playground.inbox.receive({ path: "", headers: {}, body: String(n) });
    const kept = await seen();
    expect([kept.length, kept[0].body, kept.at(-1).body]).toEqual([200, "5", "204"]);
    await lever.control("POST", "/reset");
    expect(await seen()).toEqual([]);
  });

  it("has a page that shows what came, as text", async () => {
    expect((await lever.call("GET", "/inbox")).body).toContain("Nothing was received yet");
    await post('{"name":"<script>alert(1)</script>"}', { path: "/inbox/%3Cb%3E", more: { "user-agent": "<img src=x>" } });
    const page = await lever.call("GET", "/inbox");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.body).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page.body).not.toMatch(/<script|<img|<b>/);
    expect(page.body).toContain("no secret is known here");
    expect((await lever.call("GET", "/")).body).toContain('href="/inbox"');
  });
});

import { connect as openSocket } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { FaultAction, FaultMatch } from "../../playground/index.ts";
import { basic, type Client, start } from "./client.ts";

let lever: Client;
let user: string;
let path: string;

beforeAll(async () => {
  lever = await start({ opportunities: 12 });
});
afterAll(() => lever.close());
beforeEach(async () => {
  await lever.control("POST", "/reset");
  user = (await lever.get("/users?email=rita@example.com")).body.data[0].id;
  const { id } = (await lever.get("/opportunities?limit=1")).body.data[0];
  path = `/v1/opportunities/${id}/addTags?perform_as=${user}`;
});

async function script(action: FaultAction, match: FaultMatch = { pathPattern: "/addTags$" }): Promise<void> {
  expect((await lever.control("POST", "/faults", { match, action })).status).toBe(200);
}

const addTag = () => lever.call("POST", path, { tags: ["x"] });
const effects = async (): Promise<number> => (await lever.control("GET", "/ledger")).body.data.length;

interface Raw {
  text: string;
  bytes: Buffer;
  /** How the connection ended; `open` when it was still there after the time given. */
  end: "closed" | "reset" | "open";
}

/** The bytes as they come over a socket of its own; no client interprets them. */
function raw(forMs = 400, method = "POST", target = path): Promise<Raw> {
  const { hostname, port } = new URL(lever.url);
  const body = method === "POST" ? '{"tags":["x"]}' : "";
  const head = `${method} ${target} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: ${basic("playground")}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = openSocket(Number(port), hostname);
    const finish = (end: Raw["end"]) => {
      clearTimeout(timer);
      socket.destroy();
      const bytes = Buffer.concat(chunks);
      resolve({ text: bytes.toString("latin1"), bytes, end });
    };
    const timer = setTimeout(() => finish("open"), forMs);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => finish("closed"));
    socket.on("error", () => finish("reset"));
    socket.write(head + body);
  });
}

const bodyOf = ({ text }: Raw) => text.slice(text.indexOf("\r\n\r\n") + 4);
const promised = ({ text }: Raw) => Number(/content-length: (\d+)/i.exec(text)?.[1]);

describe("faults over a real socket", () => {
  it("answer with a status, body and headers, and apply nothing", async () => {
    await script({ kind: "respond", status: 429, body: { code: "Slow", message: "down" }, headers: { "retry-after": "7" } });
    const { status, body, headers } = await addTag();
    expect([status, body.code, headers.get("retry-after")]).toEqual([429, "Slow", "7"]);
    expect(await effects()).toBe(0);
  });

  it("answer with a status after the effect was applied", async () => {
    await script({ kind: "respond", status: 503, afterApply: true });
    expect((await addTag()).status).toBe(503);
    expect(await effects()).toBe(1);
  });

  it("reset the connection before applying", async () => {
    await script({ kind: "reset", when: "before-apply" });
    expect(await raw()).toMatchObject({ end: "reset", text: "" });
    expect(await effects()).toBe(0);
  });

  it("reset the connection after applying, without a byte of answer", async () => {
    await script({ kind: "reset", when: "after-apply" });
    expect(await raw()).toMatchObject({ end: "reset", text: "" });
    expect(await effects()).toBe(1);
  });

  it.each([0, 1, 200])("reset after %d bytes of the body", async (afterBytes) => {
    await script({ kind: "reset", when: "mid-body", afterBytes });
    const answer = await raw();
    expect(answer.end).toBe("reset");
    expect(answer.text).toContain("HTTP/1.1 200 OK");
    expect(bodyOf(answer)).toHaveLength(afterBytes);
    expect(promised(answer)).toBeGreaterThan(afterBytes);
    expect(await effects()).toBe(1);
  });

  it("promise a longer body than they send", async () => {
    await script({ kind: "short-body", missingBytes: 3 });
    const answer = await raw();
    expect([answer.end, promised(answer) - bodyOf(answer).length]).toEqual(["closed", 3]);
  });

  it("delay before applying; the effect comes though the client has gone", async () => {
    await script({ kind: "delay", delayBeforeMs: 150 });
    expect((await raw(50)).text).toBe("");
    expect(await effects()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await effects()).toBe(1);
  });

  it("delay after applying", async () => {
    await script({ kind: "delay", delayAfterMs: 100 });
    const answer = addTag();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await effects()).toBe(1);
    expect((await answer).status).toBe(200);
  });

  it("send the body slowly", async () => {
    await script({ kind: "slow-body", bytesPerSecond: 100 });
    const answer = await raw(500);
    expect(answer.end).toBe("open");
    expect(bodyOf(answer).length).toBeGreaterThan(5);
    expect(bodyOf(answer).length).toBeLessThan(100);
  });

  it("send a body, and headers, that never end", async () => {
    await script({ kind: "endless-body" });
    const body = await raw(600);
    expect([body.end, body.bytes.length > 1_000_000]).toEqual(["open", true]);
    await lever.control("DELETE", "/faults");
    await script({ kind: "endless-headers", intervalMs: 10 });
    const headers = await raw(1500);
    expect(headers.end).toBe("open");
    expect(headers.text).toContain("x-more-2: a\r\n");
    expect(headers.text).not.toContain("\r\n\r\n");
    expect(await effects()).toBe(0);
  });

  it("send truncated JSON, deep JSON and a huge body", async () => {
    await script({ kind: "truncated-json" }, { nth: 1 });
    await script({ kind: "deep-json", depth: 5000 }, { nth: 1 });
    await script({ kind: "huge-body", bytes: 3_000_000 }, { nth: 1 });
    const truncated = await raw();
    expect(() => JSON.parse(bodyOf(truncated))).toThrow();
    expect(promised(truncated)).toBe(bodyOf(truncated).length);
    expect(bodyOf(await raw())).toContain("[".repeat(5000));
    const huge = await addTagOf();
    expect(huge.data).toHaveLength(3_000_000);
  });

  it("send HTML, a wrong content type, and a redirect", async () => {
    await script({ kind: "html", status: 504, body: "<p>canary" }, { nth: 1 });
    await script({ kind: "content-type", value: "text/plain" }, { nth: 1 });
    await script({ kind: "redirect", to: "http://127.0.0.1:9/inside", status: 307 }, { nth: 1 });
    const html = await addTag();
    expect([html.status, html.headers.get("content-type"), html.body]).toEqual([504, "text/html", "<p>canary"]);
    const typed = await addTag();
    expect([typed.status, typed.headers.get("content-type")]).toEqual([200, "text/plain"]);
    const moved = await addTag();
    expect([moved.status, moved.headers.get("location")]).toEqual([307, "http://127.0.0.1:9/inside"]);
  });

  it("encode though identity was asked for, several times over, or as a bomb", async () => {
    await script({ kind: "gzip", layers: 2 }, { nth: 1 });
    await script({ kind: "gzip-bomb", bytes: 20_971_520 }, { nth: 1 });
    const twice = await raw();
    expect(twice.text).toContain("content-encoding: gzip, gzip");
    const encoded = twice.bytes.subarray(twice.bytes.indexOf("\r\n\r\n") + 4);
    expect(JSON.parse(gunzipSync(gunzipSync(encoded)).toString())).toHaveProperty("data");
    const bomb = await raw();
    const packed = bomb.bytes.subarray(bomb.bytes.indexOf("\r\n\r\n") + 4);
    expect(packed.length).toBeLessThan(100_000);
    expect(gunzipSync(packed)).toHaveLength(20_971_520);
  });

  it("replace or edit the body of a true answer", async () => {
    await script({ kind: "replace-body", body: { data: null } }, { nth: 1 });
    await script({ kind: "edit-json", remove: ["data"], set: { extra: 1 } }, { nth: 1 });
    expect((await addTag()).body).toEqual({ data: null });
    expect((await addTag()).body).toEqual({ extra: 1 });
    expect(await effects()).toBe(2);
  });

  it("strike the token endpoint as well", async () => {
    await script({ kind: "respond", status: 500, body: { error: "server_error" } }, { pathPattern: "^/oauth/token$" });
    expect((await lever.call("POST", "/oauth/token", "a=b")).body).toEqual({ error: "server_error" });
  });
});

async function addTagOf(): Promise<{ data: string }> {
  const { body } = await addTag();
  return body;
}

describe("which requests are struck", () => {
  const status = async () => (await addTag()).status;

  it("is decided by method and path", async () => {
    await script({ kind: "respond", status: 500 }, { method: "get", pathPattern: "/stages$" });
    expect([await status(), (await lever.get("/stages")).status, (await lever.get("/users")).status]).toEqual([200, 500, 200]);
  });

  it("is decided by nth and times", async () => {
    await script({ kind: "respond", status: 500 }, { nth: 2, times: 2 });
    expect([await status(), await status(), await status(), await status()]).toEqual([200, 500, 500, 200]);
  });

  it("is decided by chance that repeats with its seed", async () => {
    const run = async () => {
      await lever.control("DELETE", "/faults");
      await script({ kind: "respond", status: 500 }, { pathPattern: "/stages$", probability: 0.5, seed: 9 });
      const answers = [];
      for (let count = 0; count < 20; count++) answers.push((await lever.get("/stages")).status);
      return answers;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await run()).toEqual(first);
  });

  it("is shown with the count, and taken back", async () => {
    await script({ kind: "respond", status: 500 });
    await addTag();
    expect((await lever.control("GET", "/faults")).body.data[0]).toMatchObject({ seen: 1, struck: 1 });
    await lever.control("DELETE", "/faults");
    expect((await addTag()).status).toBe(200);
  });

  it("is refused when misspelt, so that no test passes for nothing", async () => {
    const wrong = [
      {},
      { action: { kind: "explode" } },
      { action: { kind: "reset", when: "later" } },
      { action: { kind: "slow-body" } },
      { action: { status: 500 }, match: { path: "/x" } },
      { action: { status: 500 }, match: { pathPattern: "(" } },
    ];
    for (const spec of wrong) expect((await lever.control("POST", "/faults", spec)).status).toBe(400);
    expect(
      (await lever.control("POST", "/faults", [{ action: { status: 500, afterApply: true } }])).body.data[0].action.kind,
    ).toBe("respond");
  });
});

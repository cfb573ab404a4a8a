import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startTestServer, type TestServer } from "./start.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** The last refusal that is told at `info`. */
const refusal = () =>
  server.logged
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg, level }) => msg === "refused" && level === 30)
    .at(-1);

describe("the log of refusals", () => {
  it("tells at info that a wrong key was shown and from where, and not the key", async () => {
    const { body } = await server.call("GET", "/api/v1/credentials", { key: "lc_wrong_key_1234" });
    expect(refusal()).toMatchObject({
      what: "key",
      code: "auth_required",
      requestId: body.requestId,
      address: expect.stringMatching(/^10\.0\./),
    });
    expect(server.logged.join("")).not.toContain("lc_wrong_key_1234");
  });

  it("tells at info that an access link was refused, and that a form came from another site", async () => {
    await server.call("GET", "/access?token=nobody-made-this");
    expect(refusal()).toMatchObject({ what: "sign_in", code: "access_link_invalid" });
    await server.call("POST", "/access", { headers: { origin: "https://elsewhere.example" }, body: "token=x" });
    expect(refusal()).toMatchObject({ what: "csrf", code: "csrf_rejected" });
    expect(server.logged.join("")).not.toContain("nobody-made-this");
  });
});

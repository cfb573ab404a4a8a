import { describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { createLog } from "../../runtime/log.ts";

describe("the log", () => {
  function logged(level: string, fields: object, message = "said"): Record<string, unknown> {
    const lines: string[] = [];
    const log = createLog({ level: "trace", destination: { write: (line: string) => void lines.push(line) } });
    log[level as "info"](fields, message);
    return JSON.parse(lines[0] as string);
  }

  it("holds nothing that is named like a secret or like data, however deep it lies", () => {
    const line = logged("info", {
      requestId: "req_1",
      authorization: "Bearer x",
      call: { apiKey: "x", kept: 1, inner: { headers: { cookie: "x" }, list: [{ token: "x" }] } },
      input: { email: "x" },
    });
    expect(line).toMatchObject({
      requestId: "req_1",
      authorization: "[redacted]",
      call: { apiKey: "[redacted]", kept: 1, inner: { headers: "[redacted]" } },
      input: "[redacted]",
    });
    expect(JSON.stringify(line)).not.toContain('"x"');
  });

  it("holds nothing that lies too deep to be looked at, or that leads back to itself", () => {
    const deep = { a: { b: { c: { d: { e: { kept: 1, f: { token: "x" } } } } } } };
    const round: Record<string, unknown> = { token: "x" };
    round.again = round;
    const line = logged("info", { deep: deep.a, round });
    expect(line.deep).toEqual({ b: { c: { d: { e: { kept: 1, f: "[too deep]" } } } } });
    expect(JSON.stringify(line)).not.toContain('"x"');
  });

  it.each([
    ...["authorization", "apiKey", "accessToken", "refreshToken", "access_token", "refresh_token", "clientSecret"],
    ...["client_secret", "password", "secret", "token", "cookie", "input", "output", "body", "headers"],
  ])("holds nothing that is named %s", (name) => {
    expect(logged("info", { [name]: "x", call: { [name]: ["x"] } })).toMatchObject({
      [name]: "[redacted]",
      call: { [name]: "[redacted]" },
    });
  });

  it("tells everything else as it is, also what is empty or says itself how it is written", () => {
    class Id {
      readonly parts = ["a", "b"];
      toJSON() {
        return this.parts.join("-");
      }
    }
    const line = logged("info", { nothing: null, list: [1, { id: new Id() }], at: new Date(0) });
    expect(line).toMatchObject({ nothing: null, list: [1, { id: "a-b" }], at: "1970-01-01T00:00:00.000Z" });
  });

  it("begins at info, and goes to standard error", () => {
    const log = createLog() as unknown as { level: string } & Record<symbol, { fd: number; sync: boolean }>;
    const stream = log[pino.symbols.streamSym];
    expect([log.level, stream?.fd, stream?.sync]).toEqual(["info", 2, false]);
  });

  it("leaves what it was given as it is", () => {
    const fields = { call: { token: "mine" } };
    logged("warn", fields);
    expect(fields).toEqual({ call: { token: "mine" } });
  });

  it("tells name, code, message and stack of an error and its causes, and nothing that libraries hang onto it", () => {
    const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "E1", response: { secretBody: "x" } });
    const line = logged("error", { err: error });
    expect(line.err).toMatchObject({ name: "Error", code: "E1", message: "outer", cause: { message: "inner" } });
    expect(JSON.stringify(line)).not.toContain("secretBody");
    expect(line.err).toHaveProperty("stack", error.stack);
    expect(line.err).not.toHaveProperty("cause.cause");
  });

  it("tells of causes the nearest three, of a code only where it is a text, and of what is no error only what it is", () => {
    const chain = [5, 4, 3, 2, 1].reduce<Error | undefined>((cause, n) => new Error(`e${n}`, { cause }), undefined);
    const { err } = logged("error", { err: chain }) as { err: Record<string, unknown> };
    expect(err).toMatchObject({ message: "e1", cause: { message: "e2", cause: { message: "e3", cause: { message: "e4" } } } });
    expect(err).not.toHaveProperty("cause.cause.cause.cause");
    expect(logged("error", { err: Object.assign(new Error("x"), { code: 7 }) }).err).not.toHaveProperty("code");
    expect(logged("error", { err: "Bearer x" }).err).toEqual({ type: "string" });
  });
});

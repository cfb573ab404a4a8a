import { describe, expect, it } from "@jest/globals";
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
  });
});

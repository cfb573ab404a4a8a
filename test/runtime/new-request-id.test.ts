import { expect, it } from "@jest/globals";
import { newRequestId } from "../../runtime/new-request-id.ts";

it("an id for a call is short, and of twelve random bytes", () => {
  const ids = Array.from({ length: 50 }, newRequestId);
  expect(new Set(ids).size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^req_[\w-]{16}$/);
  const bytes = ids.flatMap((id) => [...Buffer.from(id.slice("req_".length), "base64url")]);
  expect(bytes).toHaveLength(600);
  // Letters of a text would all lie below 128.
  expect(bytes.filter((byte) => byte >= 128).length).toBeGreaterThan(200);
});

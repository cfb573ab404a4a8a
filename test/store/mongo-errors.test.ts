import { describe, expect, it } from "@jest/globals";
import { isNeverSent, toStoreError } from "../../store/mongo-errors.ts";

function driverError(name: string, more: object = {}): Error {
  return Object.assign(new Error("E11000 dup key: { nickname: 'Ann' }"), { name, ...more });
}

describe("an error of MongoDB's driver", () => {
  it.each([6, 7, 13, 18, 50, 64, 89, 91, 100, 133, 189, 262, 8000, 9001, 10107, 11600, 11602, 13435, 13436])(
    "with the server's code %d is trouble of the store that passes",
    (code) => {
      const cause = driverError("MongoServerError", { code });
      expect(toStoreError(cause)).toMatchObject({
        code: "store_unavailable",
        retryable: true,
        details: { reason: "MongoServerError" },
        cause,
      });
    },
  );

  it.each([
    "MongoNetworkError",
    "MongoServerSelectionError",
    "MongoNotConnectedError",
    "MongooseServerSelectionError",
    "MongoTopologyClosedError",
  ])("named %s is trouble of the store that passes", (name) => {
    expect(toStoreError(driverError(name))).toMatchObject({ code: "store_unavailable", details: { reason: name } });
  });

  it("of a socket is trouble that passes, whether or not anything was sent", () => {
    expect(toStoreError(driverError("Error", { code: "ECONNRESET", syscall: "read" }))).toMatchObject({
      code: "store_unavailable",
    });
    expect(toStoreError(driverError("Error", { code: "EPIPE" }))).toMatchObject({ code: "store_unavailable" });
  });

  it.each([
    "MongoInvalidArgumentError",
    "MongoServerError",
    "MongoBulkWriteError",
    "MongooseError",
    "StrictModeError",
    "TypeError",
  ])("named %s is a mistake of ours, and stays what it is", (name) => {
    const error = driverError(name, { code: 2 });
    expect(toStoreError(error)).toBe(error);
  });

  it("about space is store_full", () => {
    expect(toStoreError(driverError("MongoServerError", { code: 14031 }))).toMatchObject({ code: "store_full" });
  });

  it("about a key that is taken names the index, and neither value nor message", () => {
    const taken = (index: string) =>
      toStoreError(
        Object.assign(new Error(`E11000 collection: x index: ${index} dup key: { nickname: "Ann" }`), { code: 11000 }),
      );
    expect(taken("byNickname")).toMatchObject({ code: "conflict", details: { index: "byNickname" } });
    expect(taken("_id_")).toMatchObject({ code: "conflict", details: { index: "primary" } });
    expect(taken("byNickname")).not.toHaveProperty("cause");
    expect(toStoreError(driverError("MongoServerError", { code: 11000 }))).toMatchObject({ details: { index: "primary" } });
  });

  it("that is no error at all is passed on", () => {
    for (const odd of [undefined, null, "text", 7, { name: "x" }, { message: "x" }]) expect(toStoreError(odd)).toBe(odd);
  });

  it("means that nothing was sent only where the connection was closed before", () => {
    expect(isNeverSent(driverError("Error", { code: "EPIPE" }))).toBe(true);
    expect(isNeverSent(driverError("Error", { code: "EPIPE", syscall: "write" }))).toBe(false);
    expect(isNeverSent(driverError("Error", { code: "ECONNRESET" }))).toBe(false);
    expect(isNeverSent({ code: "EPIPE" })).toBe(false);
    expect(isNeverSent(null)).toBe(false);
  });
});

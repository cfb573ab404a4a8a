import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { reveal, Secret } from "../../sealing/secret.ts";
import { newKey } from "../credentials/setup.ts";

const PLACE = { project: "p1", id: "cred_1", field: "secret" };
const [K1, K2] = [newKey("k1"), newKey("k2")];

describe("sealing", () => {
  it("opens what it sealed, under the current key, with any text inside", () => {
    const ring = createKeyRing([K1, K2]);
    for (const text of ["x", "", "ü\u0000\n💾", "a".repeat(100_000)]) {
      const sealed = ring.seal(new Secret(text), PLACE);
      expect(sealed).toMatch(/^v3\.k1\.[\w-]+\.[\w-]+$/);
      expect(ring.kidOf(sealed)).toBe("k1");
      expect(reveal(ring.open(sealed, PLACE))).toBe(text);
    }
  });

  it("uses a fresh data key and fresh nonces each time", () => {
    const ring = createKeyRing([K1]);
    const nonces = new Set<string>();
    for (let count = 0; count < 2_000; count++) {
      const [, , wrapped = "", payload = ""] = ring.seal("same text", PLACE).split(".");
      nonces.add(wrapped.slice(0, 16)).add(payload.slice(0, 16));
    }
    expect(nonces.size).toBe(4_000);
  });

  it("refuses every altered character", () => {
    const ring = createKeyRing([K1, K2]);
    const sealed = ring.seal("a secret", PLACE);
    for (let at = 0; at < sealed.length; at++) {
      for (const other of ["A", "b", "9", "-", ".", " ", "="]) {
        if (sealed[at] === other) continue;
        const altered = sealed.slice(0, at) + other + sealed.slice(at + 1);
        expect(codeOf(() => ring.open(altered, PLACE))).toMatch(/^(sealed_data_invalid|credential_key_unavailable)$/);
      }
    }
  });

  it("takes one spelling only where base64url has several for the same bytes", () => {
    const ring = createKeyRing([K1]);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const text of ["x", "xy", "xyz"]) {
      const sealed = ring.seal(text, PLACE);
      const accepted = [...alphabet].filter((last) => codeOf(() => ring.open(sealed.slice(0, -1) + last, PLACE)) === "no error");
      expect(accepted).toEqual([sealed.at(-1)]);
    }
  });

  it("refuses every flipped bit of both parts", () => {
    const ring = createKeyRing([K1]);
    const [version, kid, ...parts] = ring.seal("a secret", PLACE).split(".");
    for (const [index, part] of parts.entries()) {
      const bytes = Buffer.from(part, "base64url");
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const altered = Buffer.from(bytes);
        altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
        const text = [version, kid, ...parts.map((other, at) => (at === index ? altered.toString("base64url") : other))].join(
          ".",
        );
        expect(codeOf(() => ring.open(text, PLACE))).toBe("sealed_data_invalid");
      }
    }
  });

  it("refuses every truncation, other versions, and parts of two sealed texts put together", () => {
    const ring = createKeyRing([K1]);
    const [one, two] = [ring.seal("one", PLACE), ring.seal("two", PLACE)];
    for (let length = 0; length < one.length; length++) {
      expect(codeOf(() => ring.open(one.slice(0, length), PLACE))).toMatch(/^(sealed_data_invalid|credential_key_unavailable)$/);
    }
    const [a, b] = [one.split("."), two.split(".")];
    const mixed = [
      [a[0], a[1], b[2], a[3]].join("."),
      one.replace("v3", "v1"),
      one.replace("v3", "v2"),
      one.replace("v3", "v4"),
      `${one}.`,
      `${one}=`,
      ` ${one}`,
      one.replace("v3.", ""),
    ];
    for (const text of mixed) expect(codeOf(() => ring.open(text, PLACE))).toBe("sealed_data_invalid");
  });

  it("opens for its own project, record and field only, however these are cut", () => {
    const ring = createKeyRing([K1]);
    const sealed = ring.seal("mine", { project: "a", owner: "o", id: "bc", field: "d", bound: ["e", 1] });
    const others = [
      { project: "a", owner: "o", id: "bc", field: "d" },
      { project: "a", owner: "o", id: "bc", field: "d", bound: ["e"] },
      { project: "a", owner: "o", id: "bc", field: "d", bound: ["e", "1"] },
      { project: "a", owner: "o", id: "bc", field: "d", bound: ["x", 1] },
      { project: "a", owner: "o", id: "bc", field: "d", bound: ["e", 2] },
      { project: "x", owner: "o", id: "bc", field: "d", bound: ["e", 1] },
      { project: "a", owner: "o", id: "x", field: "d", bound: ["e", 1] },
      { project: "a", owner: "o", id: "bc", field: "x", bound: ["e", 1] },
      { project: "ab", owner: "o", id: "c", field: "d", bound: ["e", 1] },
      { project: "a", id: "b", field: "cd" },
      { project: "a|bc", id: "", field: "d" },
      { project: 'a","bc', id: "d", field: "" },
      { project: "a", id: "bc", field: "d", bound: ["e", 1] },
      { project: "a", owner: "x", id: "bc", field: "d", bound: ["e", 1] },
    ];
    for (const place of others) {
      expect(codeOf(() => ring.open(sealed, place))).toBe("sealed_data_invalid");
      expect(codeOf(() => createKeyRing([K2, K1]).reseal(sealed, place))).toBe("sealed_data_invalid");
    }
  });

  it("tells an unknown key from a wrong one", () => {
    const sealed = createKeyRing([K1]).seal("x", PLACE);
    expect(codeOf(() => createKeyRing([K2]).open(sealed, PLACE))).toBe("credential_key_unavailable");
    expect(codeOf(() => createKeyRing([newKey("k1")]).open(sealed, PLACE))).toBe("sealed_data_invalid");
    // The name of the key is authenticated: the same bytes under another name do not do.
    const renamed = createKeyRing([{ kid: "k9", key: K1.key }]);
    expect(codeOf(() => renamed.open(sealed.replace(".k1.", ".k9."), PLACE))).toBe("sealed_data_invalid");
  });

  it("wraps again with the current key and leaves the payload as it is, even one it could not read", () => {
    const sealed = createKeyRing([K1]).seal("x", PLACE);
    const ring = createKeyRing([K2, K1]);
    const resealed = ring.reseal(sealed, PLACE);
    expect(ring.kidOf(resealed)).toBe("k2");
    expect(resealed.split(".")[3]).toBe(sealed.split(".")[3]);
    expect(reveal(createKeyRing([K2]).open(resealed, PLACE))).toBe("x");
    expect(ring.reseal(resealed, PLACE)).toBe(resealed);
    const broken = `${sealed.slice(0, -4)}AAAA`;
    expect(codeOf(() => ring.open(ring.reseal(broken, PLACE), PLACE))).toBe("sealed_data_invalid");
  });

  it.each([
    ["no key", []],
    ["a short key", [{ kid: "k1", key: Buffer.alloc(31) }]],
    ["a long key", [{ kid: "k1", key: Buffer.alloc(33) }]],
    ["a name with a dot", [{ kid: "k.1", key: Buffer.alloc(32) }]],
    ["an empty name", [{ kid: "", key: Buffer.alloc(32) }]],
    ["one name twice", [K1, newKey("k1")]],
  ])("refuses a ring with %s", (_, keys) => {
    expect(codeOf(() => createKeyRing(keys))).toBe("config_invalid");
  });

  it("looks for an unknown key once it is met, and seals with a new current key within a second", () => {
    let nowMs = 0;
    let keys = [K1];
    let reads = 0;
    function reload() {
      reads += 1;
      return keys;
    }
    const ring = createKeyRing([K1], { reload, now: () => nowMs });
    keys = [K2, K1];
    const sealed = createKeyRing([K2]).seal("from another process", PLACE);
    expect(ring.kidOf(ring.seal("x", PLACE))).toBe("k1");
    expect(reads).toBe(0);
    expect(reveal(ring.open(sealed, PLACE))).toBe("from another process");
    expect(ring.kidOf(ring.seal("x", PLACE))).toBe("k2");

    const [later] = [newKey("k3")];
    const lost = createKeyRing([later]).seal("x", PLACE);
    reads = 0;
    for (let count = 0; count < 10; count++) expect(codeOf(() => ring.open(lost, PLACE))).toBe("credential_key_unavailable");
    expect(reads).toBe(1);
    keys = [later, K2, K1];
    nowMs = 1_000;
    expect(ring.kidOf(ring.seal("x", PLACE))).toBe("k3");
    expect(reveal(ring.open(lost, PLACE))).toBe("x");
  });

  it("goes on with the keys it has where they cannot be read again", () => {
    const ring = createKeyRing([K1], {
      reloadEveryMs: 0,
      reload: () => {
        throw new Error("the file is gone");
      },
    });
    expect(reveal(ring.open(ring.seal("x", PLACE), PLACE))).toBe("x");
    const lost = createKeyRing([K2]).seal("x", PLACE);
    expect(() => ring.open(lost, PLACE)).toThrow(
      expect.objectContaining({ code: "credential_key_unavailable", cause: new Error("the file is gone") }),
    );
  });

  it("keeps a key that was replaced by another of its name, and says so where a key is missing", () => {
    const ring = createKeyRing([K1], { reloadEveryMs: 0, reload: () => [newKey("k1"), K2] });
    const sealed = createKeyRing([K1]).seal("x", PLACE);
    ring.reload();
    expect(reveal(ring.open(sealed, PLACE))).toBe("x");
    const lost = createKeyRing([newKey("k3")]).seal("x", PLACE);
    expect(() => ring.open(lost, PLACE)).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: "config_invalid" }) }),
    );
  });

  it("shows no key and no secret in any printed form", () => {
    const ring = createKeyRing([K1]);
    const secret = ring.open(ring.seal("canary-plaintext", PLACE), PLACE);
    const shown = [ring, secret, { secret }]
      .map((value) => `${JSON.stringify(value)} ${inspect(value, { depth: 9 })} ${String(value)}`)
      .join();
    expect(shown).not.toContain("canary");
    expect(shown).not.toContain(K1.key.toString("base64").slice(0, 12));
    expect(shown).not.toContain(K1.key.toString("hex").slice(0, 12));
    expect(() => structuredClone({ ...secret })).not.toThrow();
    expect(JSON.stringify(structuredClone({ ...secret }))).toBe("{}");
  });
});

function codeOf(work: () => unknown): string {
  try {
    work();
    return "no error";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { TriggerPreset } from "../../schemas/types/platform/trigger-preset.ts";
import { loadPresets } from "../../triggers/presets.ts";
import { signSample } from "../../triggers/sign-sample.ts";
import { verifyDelivery } from "../../triggers/verify.ts";
import { ROOT } from "../support/json-schemas.ts";

const presets = loadPresets();
const hmac = presets.shipped.get("hmac") as TriggerPreset;
const NOW_MS = 1_767_225_610_000;

/** Where a refusal of a preset points to. */
function pointersOf(preset: unknown): string[] {
  try {
    presets.own(preset);
    return [];
  } catch (error) {
    if (!isConnectorError(error, "input_invalid")) throw error;
    return (error.details.issues ?? []).map(({ pointer }) => pointer);
  }
}

const signature = (change: object) => ({ ...hmac, signature: { ...hmac.signature, ...change } });
const header = "header:x-time";

describe("a preset of one's own", () => {
  it.each([
    ["has no title", { ...hmac, title: undefined }, "/title"],
    ["holds a field that is none of a preset's", { ...hmac, code: "return true" }, "/code"],
    ["reads a header by a name in capitals", signature({ from: "header:X-Signature" }), "/signature/from"],
    ["does not say where the signature is", signature({ from: undefined }), "/signature/from"],
    ["has no secret", { ...hmac, settings: [] }, "/settings"],
    ["names a setting twice", { ...hmac, settings: [...hmac.settings, ...hmac.settings] }, "/settings"],
    ["compares with a setting that there is not", { ...hmac, match: [{ from: header, setting: "apiKey" }] }, "/match/0/setting"],
    ["reads pairs of no name", signature({ layout: "pairs" }), "/signature/label"],
    ["has a prefix among pairs", signature({ layout: "pairs", label: "v1", prefix: "sha256=" }), "/signature/prefix"],
    ["signs what is nothing of a delivery", signature({ content: "{method}{body}" }), "/signature/content"],
    ["signs a time that it does not declare", signature({ content: "{timestamp}{body}" }), "/signature/content"],
    [
      "trusts a time that is not signed",
      { ...signature({ timestamp: { from: header, unit: "s" } }), tolerance: { past: 300, future: 300 } },
      "/signature/timestamp",
    ],
    ["has an age limit without a time", { ...hmac, tolerance: { past: 300, future: 300 } }, "/tolerance"],
    ["knows events by a header that is not signed", { ...hmac, eventId: "header:x-id" }, "/eventId"],
    [
      "knows events by a body that is not signed",
      { ...signature({ content: "{/token}" }), eventId: { firstOf: ["/token", "/id"] } },
      "/eventId",
    ],
    [
      "approves by a header that is not signed",
      { ...hmac, decision: { cases: [{ when: { [header]: "ok" }, outcome: "approved" }], else: "ignored" } },
      "/decision/cases/0/when/header:x-time",
    ],
    ["approves whatever it does not know", { ...hmac, decision: { cases: [], else: "approved" } }, "/decision/else"],
  ])("is refused where it %s, and the place is named", (_what, preset, pointer) => {
    expect(pointersOf(JSON.parse(JSON.stringify(preset)))).toContain(pointer);
  });

  it.each([
    ["bearer", `Bearer secret-1`, `Bearer secret-2`],
    ["basic", `Basic ${Buffer.from("secret-1").toString("base64")}`, "Bearer secret-1"],
  ] as const)("by %s accepts its secret, and nothing else", (scheme, right, wrong) => {
    const own = presets.own({ ...hmac, signature: { scheme } });
    const send = (...rawHeaders: string[]) => {
      const verdict = verifyDelivery(own, {
        rawHeaders,
        body: Buffer.from("{}"),
        settings: { secret: ["secret-1"] },
        nowMs: NOW_MS,
      });
      return verdict.ok ? "accepted" : verdict.refusal;
    };
    const name = "Authorization";
    expect([send(name, right), send(name, wrong), send(name, right, name, right), send()]).toEqual([
      "accepted",
      "signature_wrong",
      "header_repeated",
      "signature_wrong",
    ]);
    const { headers, body } = signSample(own, { settings: { secret: ["secret-1"] }, outcome: "ignored", nowMs: NOW_MS });
    expect(headers.authorization).toBe(right);
    expect(JSON.parse(body.toString())).toMatchObject({ type: "check.completed" });
  });

  it("without any proof is refused, unless that is asked for", () => {
    const own = presets.own({ ...hmac, settings: [], signature: { scheme: "none" } });
    const arrived = { rawHeaders: [], body: Buffer.from("{}"), settings: {}, nowMs: NOW_MS };
    expect(verifyDelivery(own, arrived)).toEqual({ ok: false, refusal: "unsigned" });
    expect(verifyDelivery(own, { ...arrived, allowUnsigned: true }).ok).toBe(true);
  });

  it("signs with a prefix, in another encoding, by another algorithm", () => {
    const own = presets.own(signature({ prefix: "sig=", encoding: "base64url", algorithm: "sha512", key: "hex" }));
    const settings = { secret: ["00ff"] };
    const { headers, body } = signSample(own, { settings, outcome: "ignored", nowMs: NOW_MS });
    expect(headers["x-signature"]).toMatch(/^sig=[\w-]{86}$/);
    const send = (value: string, secret = settings) =>
      verifyDelivery(own, { rawHeaders: ["x-signature", value], body, settings: secret, nowMs: NOW_MS });
    expect(send(headers["x-signature"] ?? "").ok).toBe(true);
    expect(send((headers["x-signature"] ?? "").slice(4))).toEqual({ ok: false, refusal: "signature_malformed" });
    expect(send(headers["x-signature"] ?? "", { secret: ["no hex"] })).toEqual({ ok: false, refusal: "signature_wrong" });
  });
});

describe("the shipped presets", () => {
  it("are refused at start where one is broken or named after another, and the file is named", () => {
    const root = mkdtempSync(join(tmpdir(), "presets-"));
    try {
      for (const path of ["schemas/platform/trigger-preset.json", "triggers/presets/hmac.json"])
        cpSync(join(ROOT, path), join(root, path));
      expect([...loadPresets(root).shipped.keys()]).toEqual(["hmac"]);
      const file = join(root, "triggers/presets/hmac.json");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replace('"id": "hmac"', '"id": "hmak"'));
      expect(() => loadPresets(root)).toThrow("triggers/presets/hmac.json is not valid: /id is not the name of its file");
      writeFileSync(file, text.replace('"scheme": "hmac"', '"scheme": "trust"'));
      expect(() => loadPresets(root)).toThrow("triggers/presets/hmac.json is not valid: /signature/scheme");
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

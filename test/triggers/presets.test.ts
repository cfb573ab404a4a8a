import { describe, expect, it } from "@jest/globals";
import { createAjv } from "../../connector/validator.ts";
import { atPointer } from "../../json-schema/pointer.ts";
import type { Outcome, TriggerPreset, Vector } from "../../schemas/types/platform/trigger-preset.ts";
import { loadPresets } from "../../triggers/presets.ts";
import { signSample } from "../../triggers/sign-sample.ts";
import { type Arrived, verifyDelivery } from "../../triggers/verify.ts";

const { shipped } = loadPresets();
const presets = [...shipped.values()];
const cases = presets.map((one) => [one.id, one] as const);

const NOW_MS = 1_767_225_610_000;
const SECRET: Readonly<Record<string, string>> = { "standard-webhooks": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };

function settingsOf({ id, settings }: TriggerPreset): Record<string, string[]> {
  return Object.fromEntries(settings.map(({ name }) => [name, [name === "secret" ? (SECRET[id] ?? "secret-1") : `${name}-1`]]));
}

function arrive(
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  rest: Omit<Arrived, "rawHeaders" | "body">,
): Arrived {
  return { rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body), ...rest };
}

function ofVector({ headers, body, settings, now }: Vector): Arrived {
  return arrive(headers as Record<string, string>, body, { settings: settings as Arrived["settings"], nowMs: now * 1000 });
}

describe.each(cases)("the preset %s", (_id, one) => {
  const { sample, schema, vectors = [], decision } = one;

  it("proves itself by its vectors", () => {
    const verdicts = vectors.map((vector) => {
      const verdict = verifyDelivery(one, ofVector(vector));
      return verdict.ok
        ? { title: vector.title, ok: true, outcome: verdict.verification.outcome, reference: verdict.verification.reference }
        : { title: vector.title, ok: false };
    });
    const wanted = vectors.map(({ title, ok, outcome, reference }) => (ok ? { title, ok, outcome, reference } : { title, ok }));
    expect(verdicts).toEqual(wanted);
    expect(vectors.filter(({ ok }) => ok).length).toBeGreaterThan(0);
    expect(vectors.length).toBeGreaterThan(1);
  });

  it("describes its sample by a schema that is open to further fields", () => {
    const ajv = createAjv({ allErrors: true, validateSchema: true });
    const validate = ajv.compile(schema as object);
    expect([validate(sample?.body), validate.errors]).toEqual([true, null]);
    expect(JSON.stringify(schema)).not.toContain('"additionalProperties":false');
    expect(Object.keys((schema as { properties: object }).properties).length).toBeGreaterThan(0);
  });

  it("has a sample of every decision, which is verified and says just that", () => {
    const decided = new Set(decision.cases.map(({ outcome }) => outcome));
    decided.delete("pending");
    const outcomes = Object.keys(sample?.outcomes ?? {}) as Outcome[];
    expect(outcomes).toEqual(expect.arrayContaining([...decided]));
    const settings = settingsOf(one);
    const told = outcomes.map((outcome) => {
      const { headers, body } = signSample(one, { settings, outcome, reference: "opp-9", nowMs: NOW_MS });
      const verdict = verifyDelivery(one, arrive(headers, body, { settings, nowMs: NOW_MS }));
      if (!verdict.ok) return verdict;
      const { verification, ignored } = verdict;
      return {
        outcome: verification.outcome,
        found: verification.reference ?? verification.link,
        at: verification.createdAt,
        ignored,
      };
    });
    const found = one.reference || one.link ? "opp-9" : null;
    const at = one.createdAt ? new Date(NOW_MS).toISOString() : null;
    expect(told).toEqual(outcomes.map((outcome) => ({ outcome, found, at, ignored: undefined })));
    expect(atPointer(sample?.body, "")).toBeDefined();
  });
});

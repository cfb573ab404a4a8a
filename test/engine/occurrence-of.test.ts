import { describe, expect, it } from "@jest/globals";
import { occurrenceOf } from "../../engine/occurrence-of.ts";
import type { RunDocument } from "../../engine/run-document.ts";
import { withOccurrence } from "../../store/occurrences.ts";

const run = (more: Partial<RunDocument> = {}) => ({ id: "run_1", fence: 4, ...more }) as RunDocument;
const STANDS = { waiting: null, error: null, atStep: null };
const WAITING = { for: "approval", step: "ask", sinceMs: 1, message: "Is Ada fine?" } as const;

describe("what others are told of a run", () => {
  it("is that it failed, or needs attention, where and by which code, and not the words of the error", () => {
    const error = { code: "outcome_unknown", message: "Ada Lovelace was perhaps created", retryable: false } as const;
    const told = occurrenceOf(run(), { ...STANDS, status: "needs_attention", error, atStep: "create" }, 7);
    expect(told).toMatchObject({ type: "run.needs_attention", atMs: 7, step: "create", code: "outcome_unknown" });
    expect(JSON.stringify(told)).not.toContain("Ada");
    expect(occurrenceOf(run(), { ...STANDS, status: "failed" }, 7)).toEqual({
      id: expect.any(String),
      type: "run.failed",
      atMs: 7,
    });
  });

  it("is nothing while it works, waits for anything but a decision, or ends as it should", () => {
    for (const status of ["running", "succeeded", "cancelled", "queued"] as const)
      expect(occurrenceOf(run(), { ...STANDS, status }, 7)).toBeUndefined();
    const waiting = { ...WAITING, for: "time" } as const;
    expect(occurrenceOf(run(), { ...STANDS, status: "waiting", waiting }, 7)).toBeUndefined();
  });

  it("is one decision however often the run is left waiting for it, and another one where the step is tried again", () => {
    const asked = (more: Partial<RunDocument>) => occurrenceOf(run(more), { ...STANDS, status: "waiting", waiting: WAITING }, 7);
    expect(asked({ fence: 9 })).toEqual(asked({ fence: 4 }));
    expect(asked({ again: { ask: 1 } })?.id).not.toBe(asked({})?.id);
    expect(JSON.stringify(asked({}))).not.toContain("Ada");
  });

  it("is another failure each time that it fails", () => {
    const failed = (fence: number) => occurrenceOf(run({ fence }), { ...STANDS, status: "failed" }, 7)?.id;
    expect(failed(5)).not.toBe(failed(4));
    expect(failed(4)).toBe(failed(4));
  });
});

describe("what is still to be told", () => {
  it("is added to, in time that only grows, up to twenty", () => {
    const one = (id: number, atMs: number) => ({ id: `evt_${id}`, type: "run.failed", atMs });
    const first = withOccurrence({}, one(1, 10));
    expect(first).toEqual({ untold: [one(1, 10)], untoldAtMs: 10 });
    // The clock was set back meanwhile.
    const second = withOccurrence(first, one(2, 5));
    expect(second).toEqual({ untold: [one(1, 10), one(2, 5)], untoldAtMs: 11 });
    let many = second;
    for (let at = 3; at <= 25; at++) many = withOccurrence(many, one(at, at));
    expect(many.untold?.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, at) => `evt_${at + 6}`));
  });
});

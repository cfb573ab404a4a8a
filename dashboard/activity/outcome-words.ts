import type { WriteOutcome } from "../api/writes.ts";

/** How a write ended, as people say it. */
export const OUTCOMES: Readonly<
  Record<WriteOutcome, { readonly label: string; readonly color: string; readonly meaning: string }>
> = {
  succeeded: { label: "Succeeded", color: "sea", meaning: "The service accepted it." },
  failed: { label: "Failed", color: "brick", meaning: "It had no effect." },
  outcome_unknown: {
    label: "Outcome unknown",
    color: "amber",
    meaning: "It may or may not have taken effect. Check the record there.",
  },
  superseded: { label: "Superseded", color: "gray", meaning: "A newer write to the same record overtook it." },
  running: { label: "Running", color: "gray", meaning: "It has not ended yet." },
};

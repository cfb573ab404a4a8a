import type { Match, Outcome, TriggerPreset } from "../schemas/types/platform/trigger-preset.ts";
import type { Reading } from "./reading.ts";

/** What an event means; `isKnown` where a case of the preset says so. */
export function decide(
  { cases, else: otherwise }: TriggerPreset["decision"],
  reading: Reading,
): { outcome: Outcome; isKnown: boolean } {
  const found = cases.find(({ when }) =>
    Object.entries(when).every(([place, match]) => holds(match as Match, reading.at(place))),
  );
  return { outcome: found?.outcome ?? otherwise, isKnown: found !== undefined };
}

function holds(match: Match, value: unknown): boolean {
  if (typeof match !== "object" || match === null) return match === (value ?? null);
  return "present" in match ? value !== undefined && value !== null : match.some((one) => one === (value ?? null));
}

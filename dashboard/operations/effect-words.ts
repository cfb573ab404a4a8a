import type { Operation } from "../api/connector.ts";

/** What an operation does to the data at the service, for people. */
export const EFFECTS: Record<Operation["effect"], { label: string; color: string; meaning: string }> = {
  read: { label: "Reads", color: "gray", meaning: "Changes nothing. Retried automatically where that helps." },
  repeatable: {
    label: "Writes",
    color: "amber",
    meaning: "Changes data; doing it twice is the same as doing it once, so it is retried automatically.",
  },
  create: {
    label: "Creates",
    color: "brick",
    meaning: "Creates something; twice would create two, so it is retried only where it surely never arrived.",
  },
};

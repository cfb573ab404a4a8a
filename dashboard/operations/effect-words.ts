import type { Operation } from "../api/connector.ts";

/** What an operation does to the data in Lever, for people. */
export const EFFECTS: Record<Operation["effect"], { label: string; color: string; meaning: string }> = {
  read: { label: "Reads", color: "gray", meaning: "Changes nothing in Lever. Tried again by itself where that helps." },
  repeatable: {
    label: "Changes",
    color: "amber",
    meaning: "Changes Lever; doing it twice is the same as doing it once, so it is tried again by itself.",
  },
  create: {
    label: "Creates",
    color: "brick",
    meaning: "Creates something in Lever; twice would be two, so it is tried again only where it surely never arrived.",
  },
};

import type { Operation } from "../api/connector.ts";

/** What an operation does to the data in Lever, for people. */
export const EFFECTS: Record<NonNullable<Operation["effect"]>, { label: string; color: string; meaning: string }> = {
  read: { label: "Reads", color: "gray", meaning: "Changes nothing. It may be called as often as you like." },
  repeatable: {
    label: "Changes",
    color: "sea",
    meaning: "Changes data in Lever. Calling it twice with the same input leaves the same result as calling it once.",
  },
  create: {
    label: "Creates",
    color: "amber",
    meaning: "Makes something new in Lever each time it is called. A call whose outcome is unknown is not repeated by itself.",
  },
};

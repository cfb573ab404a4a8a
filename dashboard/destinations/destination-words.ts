import type { Destination, DestinationDelivery } from "../api/destinations.ts";

type Paused = NonNullable<Destination["paused"]>;

/** Why nothing is sent, and what to do about it. */
export const PAUSED_WORDS: Readonly<Record<Paused["reason"], { readonly title: string; readonly text: string }>> = {
  undelivered: {
    title: "Paused after a day without success",
    text: "A message was tried for 24 hours and not accepted, and no newer one was either. Correct what stands in the way, send a test message, then resume. What is still waiting is sent at once.",
  },
  gone: {
    title: "Paused because it wants no more messages",
    text: "It answered 410, which says so. Resume it once the receiver takes messages again.",
  },
  by_hand: {
    title: "Paused by a person",
    text: "Nothing is sent until it is resumed. Messages that wait are kept for a day each; new ones are refused.",
  },
};

type State = DestinationDelivery["state"];

export const STATE_WORDS: Readonly<Record<State, { readonly label: string; readonly color: "sea" | "amber" | "brick" }>> = {
  delivered: { label: "Delivered", color: "sea" },
  pending: { label: "Waiting", color: "amber" },
  failed: { label: "Failed", color: "brick" },
};

/** How a message stands, in words, where no attempt says it. */
export function verdictWords({ state, code, attempts }: DestinationDelivery): string {
  if (code === "destination_paused") return "The destination was paused until the message's day was over";
  if (code === "destination_removed") return "The destination was deleted";
  if (code === "forgotten") return "It named a person who was to be forgotten";
  return attempts.at(-1)?.message ?? (state === "pending" ? "Not tried yet" : "");
}

/** What a message was about, by what its sender calls it. */
export function aboutWords(key: string): string {
  const [, type] = /^event\/([^/]+)\//.exec(key) ?? [];
  return type === undefined ? "Sent by a run" : `Product event ${type}`;
}

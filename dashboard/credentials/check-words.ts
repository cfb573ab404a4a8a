import type { CheckReport } from "../api/credentials.ts";

type Check = CheckReport["checks"][number];

export const CHECK_TITLES: Record<Check["id"], string> = {
  signature: "Key or token",
  environment: "Environment",
  scopes: "Permissions",
  perform_as: "Perform as",
  token_expiry: "Expiry",
  clock: "Clocks",
  round_trip: "Round trip",
};

export const STATE_WORDS: Record<Check["state"], { label: string; color: "sea" | "amber" | "brick" | "gray" }> = {
  pass: { label: "Passed", color: "sea" },
  warn: { label: "Warning", color: "amber" },
  fail: { label: "Failed", color: "brick" },
  skipped: { label: "Not tested", color: "gray" },
};

/** Who has to act where a credential does not work. */
export const causeWords = (service: string): Record<NonNullable<CheckReport["cause"]>, string> => ({
  credential: "The credential: correct or reconnect it here.",
  permission: `A permission in ${service}: an administrator of the account has to grant it.`,
  network: `The network: this server’s operator has to check its connection to ${service}.`,
  service: `${service}: try again later.`,
  configuration: "This server’s configuration: its administrator has to correct the settings.",
});

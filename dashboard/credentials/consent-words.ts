import type { Service } from "../api/service.ts";

export interface ConsentWords {
  readonly title: string;
  readonly text: string;
  /** What is offered next, the likeliest first. */
  readonly steps: readonly ("again" | "settings" | "add")[];
}

/** How a consent that did not end well is told, by the code that it ended with. */
export function consentWords(code: string, service: Service): ConsentWords {
  const other = otherWords(service);
  return words(service)[code] ?? { ...other, text: `${other.text} (${code})` };
}

const otherWords = ({ name }: Service): ConsentWords => ({
  title: "The connection did not succeed",
  text: `Something went wrong on the way back from ${name}. Nothing was changed; start again.`,
  steps: ["again"],
});

const words = ({ name, asApprover }: Service): Record<string, ConsentWords> => ({
  oauth_denied: {
    title: `The connection was refused in ${name}`,
    text: "The approval was declined, or the user may not approve. The credential is unchanged.",
    steps: ["again"],
  },
  oauth_state_invalid: {
    title: "The authorization expired",
    text: "It was not finished within ten minutes, was already used, or was finished in another browser than it was started in. The credential is unchanged.",
    steps: ["again"],
  },
  account_mismatch: {
    title: `Another ${name} account approved`,
    text: `This credential belongs to one account, and the approval came from a different one. To protect what uses it, the approval was not accepted. Sign out of ${name} and start again with the right account, or add another credential for the other account.`,
    steps: ["again", "add"],
  },
  credential_scope_missing: {
    title: "Connected, but not everything was granted",
    text: `${name} granted fewer permissions than requested, so some operations will fail. Start again${asApprover}, and check which scopes the OAuth app may have.`,
    steps: ["again", "settings"],
  },
  oauth_exchange_failed: {
    title: `${name} issued no access token`,
    text: `The approval was given, but ${name} issued no token for it. This may be temporary: start again.`,
    steps: ["again"],
  },
  oauth_app_rejected: {
    title: `${name} refused the OAuth app`,
    text: `The client ID or the client secret is not what ${name} knows. Correct them in the settings, then start again.`,
    steps: ["settings", "again"],
  },
  oauth_app_missing: {
    title: "The OAuth app is no longer set up",
    text: "The settings of the OAuth app were removed meanwhile. Set it up, then start again.",
    steps: ["settings", "again"],
  },
});

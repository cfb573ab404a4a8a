export interface ConsentWords {
  readonly title: string;
  readonly text: string;
  /** What is offered next, the likeliest first. */
  readonly steps: readonly ("again" | "settings" | "add")[];
}

/** How a consent that did not end well is told, by the code that it ended with. */
export function consentWords(code: string): ConsentWords {
  return WORDS[code] ?? { ...OTHER, text: `${OTHER.text} (${code})` };
}

const OTHER: ConsentWords = {
  title: "The connection did not succeed",
  text: "Something went wrong on the way back from Lever. Nothing was changed; start again.",
  steps: ["again"],
};

const WORDS: Record<string, ConsentWords> = {
  oauth_denied: {
    title: "The connection was refused in Lever",
    text: "The approval was declined, or the user may not approve: only a Super Admin can. The credential is unchanged.",
    steps: ["again"],
  },
  oauth_state_invalid: {
    title: "The authorization expired",
    text: "It was not finished within ten minutes, was already used, or was finished in another browser than it was started in. The credential is unchanged.",
    steps: ["again"],
  },
  account_mismatch: {
    title: "Another Lever account approved",
    text: "This credential belongs to one Lever account, and the approval came from a different one. To protect what uses it, the approval was not accepted. Sign out of Lever and start again with the right account, or add another credential for the other account.",
    steps: ["again", "add"],
  },
  credential_scope_missing: {
    title: "Connected, but not everything was granted",
    text: "Lever granted fewer permissions than requested, so some operations will fail. Start again as a Super Admin, and check which scopes the OAuth app may have.",
    steps: ["again", "settings"],
  },
  oauth_exchange_failed: {
    title: "Lever issued no access token",
    text: "The approval was given, but Lever issued no token for it. This may be temporary: start again.",
    steps: ["again"],
  },
  oauth_app_rejected: {
    title: "Lever refused the OAuth app",
    text: "The client id or the client secret is not what Lever knows. Correct them in the settings, then start again.",
    steps: ["settings", "again"],
  },
  oauth_app_missing: {
    title: "The OAuth app is no longer set up",
    text: "The settings of the OAuth app were removed meanwhile. Set it up, then start again.",
    steps: ["settings", "again"],
  },
};

import type { OAuthApp } from "../api/oauth-apps.ts";

/** Where an environment's app comes from, and what that means. */
const SOURCES: Record<"settings" | "configuration" | "development" | "none", SourceWords> = {
  settings: { badge: "Your app", color: "sea", text: "Set here, for this project. It overrides any other." },
  configuration: {
    badge: "Server configuration",
    color: "gray",
    text: "Set by this server's operator, for every project without an app of its own.",
  },
  development: {
    badge: "Built in",
    color: "gray",
    text: "The development keys of the playground: nothing has to be registered, and they work nowhere else. Keep them, unless you want to try out an app of your own.",
  },
  none: {
    badge: "Not set up",
    color: "amber",
    text: "Accounts cannot be connected by OAuth here until an app is set up. API keys work without one.",
  },
};

interface SourceWords {
  readonly badge: string;
  readonly color: string;
  readonly text: string;
}

export function sourceWords({ source }: OAuthApp): SourceWords {
  return SOURCES[source ?? "none"];
}

import type { OAuthApp } from "../api/oauth-apps.ts";

/** Where an environment's app comes from, and what that means. */
const SOURCES: Record<"settings" | "configuration" | "development" | "none", SourceWords> = {
  settings: { badge: "Your app", color: "sea", text: "Set here, for this project. It goes before any other." },
  configuration: {
    badge: "From the configuration",
    color: "gray",
    text: "Set by whoever runs this server, for every project that has no app of its own.",
  },
  development: {
    badge: "Built in",
    color: "gray",
    text: "The development keys of the playground: nothing has to be registered, and they are worth nothing anywhere else. Leave it so, unless you want to try how an app of your own is set up.",
  },
  none: {
    badge: "Not set up",
    color: "amber",
    text: "Accounts cannot be connected by consent here until an app is set up. API keys work without one.",
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

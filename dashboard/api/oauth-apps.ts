import { queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";

/** The OAuth app that the project uses for an environment, without its secret. */
export interface OAuthApp {
  readonly environment: string;
  /** Null: consents cannot be started here. */
  readonly clientId: string | null;
  readonly hasSecret: boolean;
  /** What a consent asks for. */
  readonly scopes: readonly string[];
  /** Where it is set; `development` is built into the playground. */
  readonly source: "settings" | "configuration" | "development" | null;
}

export const oauthAppsQuery = queryOptions({
  queryKey: ["oauth-apps"],
  queryFn: async ({ signal }) => (await call<{ data: OAuthApp[] }>("GET", "/api/v1/settings/oauth-apps", { signal })).data,
});

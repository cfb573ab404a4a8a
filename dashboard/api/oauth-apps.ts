import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { OauthApp } from "../../schemas/types/index.ts";
import { call } from "./client.ts";

export type OAuthApp = OauthApp;

export interface OAuthAppChange {
  readonly connector: string;
  readonly environment: string;
  readonly clientId: string;
  /** Left out, the saved one stays. */
  readonly clientSecret?: string;
  /** Empty: the connector's own choice, now and later. */
  readonly scopes: readonly string[];
}

const KEY = ["oauth-apps"] as const;
const path = ({ connector, environment }: Pick<OAuthApp, "connector" | "environment">) =>
  `/api/v1/settings/oauth-apps/${encodeURIComponent(environment)}?connector=${encodeURIComponent(connector)}`;

export const oauthAppsQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => (await call<{ data: OAuthApp[] }>("GET", "/api/v1/settings/oauth-apps", { signal })).data,
});

/** A change of an app: what is shown of all of them is read again before it counts as done. */
function useChange<Variables, Result>(change: (variables: Variables) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => queries.invalidateQueries({ queryKey: KEY }) });
}

export const useSaveOAuthApp = () =>
  useChange(({ connector, environment, ...change }: OAuthAppChange) =>
    call<OAuthApp>("PUT", path({ connector, environment }), { body: change }),
  );

export const useRemoveOAuthApp = () =>
  useChange((app: Pick<OAuthApp, "connector" | "environment">) => call<void>("DELETE", path(app)));

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { OauthApp, OauthAppChange } from "../../schemas/types/index.ts";
import { call } from "./client.ts";

export type OAuthApp = OauthApp;

/** Which of them. */
type Place = Pick<OAuthApp, "connector" | "environment">;

const KEY = ["oauth-apps"] as const;
const at = ({ connector, environment }: Place) => ({ params: { environment }, query: { connector } });

export const oauthAppsQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => (await call("GET /api/v1/settings/oauth-apps", { signal })).data,
});

/** A change of an app: what is shown of all of them is read again before it counts as done. */
function useChange<Variables, Result>(change: (variables: Variables) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => queries.invalidateQueries({ queryKey: KEY }) });
}

export const useSaveOAuthApp = () =>
  useChange(({ connector, environment, ...change }: OauthAppChange & Place) =>
    call("PUT /api/v1/settings/oauth-apps/:environment", { ...at({ connector, environment }), body: change }),
  );

export const useRemoveOAuthApp = () =>
  useChange((app: Place) => call("DELETE /api/v1/settings/oauth-apps/:environment", at(app)));

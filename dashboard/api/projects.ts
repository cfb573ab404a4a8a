import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "./client.ts";
import { sessionQuery } from "./session.ts";

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

const KEY = ["projects"] as const;

export const projectsQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => (await call<{ data: Project[] }>("GET", "/api/v1/projects", { signal })).data,
});

export function useCreateProject() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => call<Project>("POST", "/api/v1/projects", { body: { name } }),
    // The session tells the menu which projects there are.
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: KEY }), queries.invalidateQueries({ queryKey: sessionQuery.queryKey })]),
  });
}

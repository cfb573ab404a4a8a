import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "./client.ts";
import { sessionQuery } from "./session.ts";

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

interface Page {
  readonly data: readonly Project[];
  readonly next?: string;
}

const KEY = ["projects"] as const;

export const projectsQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => {
    const all: Project[] = [];
    for (let next: string | undefined = ""; next !== undefined; ) {
      const behind: string = next === "" ? "" : `?cursor=${encodeURIComponent(next)}`;
      const page: Page = await call<Page>("GET", `/api/v1/projects${behind}`, { signal });
      all.push(...page.data);
      next = page.next;
    }
    return all;
  },
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

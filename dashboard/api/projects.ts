import { type InfiniteData, infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ProjectContents as InProject, Project, ProjectList } from "../../schemas/types/index.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";
import { sessionQuery } from "./session.ts";
import { sessionUse } from "./this-session.ts";

export type { Project };

/** How many of each there are in a project. */
export type ProjectContents = InProject["contents"];

const KEY = ["projects"] as const;
const PAGE_SIZE = 500;

/** Those of this installation, oldest first. */
export const projectsQuery = infiniteQueryOptions({
  queryKey: KEY,
  queryFn: ({ pageParam, signal }) =>
    call("GET /api/v1/projects", { query: given({ limit: PAGE_SIZE, cursor: pageParam }), signal }),
  initialPageParam: "",
  getNextPageParam: (last: ProjectList) => last.next,
});

export function allProjects({ pages }: InfiniteData<ProjectList>): readonly Project[] {
  return pages.flatMap(({ data }) => data);
}

/** Read anew each time that it is asked for: it says what a deletion takes along. */
export const projectContentsQuery = (id: string) =>
  queryOptions({
    queryKey: ["project-contents", id],
    queryFn: async ({ signal }) => (await call("GET /api/v1/projects/:id", { params: { id }, signal })).contents,
    staleTime: 0,
    gcTime: 0,
  });

export const useCreateProject = () => useChange((name: string) => call("POST /api/v1/projects", { body: { name } }));

export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, id],
    queryFn: ({ signal }) => call("GET /api/v1/projects/:id", { params: { id }, signal }),
  });

export const useKeepRuns = () =>
  useChange(({ id, retentionDays }: { id: string; retentionDays: number }) =>
    call("PATCH /api/v1/projects/:id", { params: { id }, body: { retentionDays } }),
  );

export const useRenameProject = () =>
  useChange(({ id, name }: { id: string; name: string }) =>
    call("PATCH /api/v1/projects/:id", { params: { id }, body: { name } }),
  );

export const useDeleteProject = () => useChange((id: string) => call("DELETE /api/v1/projects/:id", { params: { id } }));

/**
 * A change of the projects. Nothing waits for what is read again afterwards: the session first, which tells every page where it is and leaves a
 * project that is deleted, here and in other tabs.
 */
function useChange<Variables, Result>(change: (variables: Variables) => Promise<Result>) {
  const queries = useQueryClient();
  async function readAgain(): Promise<void> {
    await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    sessionUse.changed();
    await queries.invalidateQueries({ queryKey: KEY });
  }
  return useMutation({ mutationFn: change, onSettled: () => void readAgain() });
}

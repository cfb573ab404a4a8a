import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type {
  DraftDryRun,
  DryRunStep,
  FilledRecipe,
  SavedWorkflow,
  Workflow,
  WorkflowDryRun,
  WorkflowList,
  WorkflowSummary,
  WorkflowVersion,
  WorkflowVersionList,
} from "../../schemas/types/index.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";

export type { DryRunStep, SavedWorkflow, Workflow, WorkflowDryRun, WorkflowSummary, WorkflowVersion };
export type Step = Workflow["steps"][number];
export type Trigger = Workflow["trigger"];

const KEY = ["workflows"] as const;

export const workflowsQuery = infiniteQueryOptions({
  queryKey: [...KEY, "list"],
  queryFn: ({ pageParam, signal }) => call("GET /api/v1/workflows", { query: given({ limit: 50, cursor: pageParam }), signal }),
  initialPageParam: "",
  getNextPageParam: (last: WorkflowList) => last.next,
});

/** With its draft. Somebody else may have saved another one meanwhile: it is read again each time that a page asks. */
export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/workflows/:id", { params: { id }, signal }),
    staleTime: 0,
  });

export const versionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...KEY, "versions", id],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/v1/workflows/:id/versions", { params: { id }, query: given({ limit: 20, cursor: pageParam }), signal }),
    initialPageParam: "",
    getNextPageParam: (last: WorkflowVersionList) => last.next,
    staleTime: 0,
  });

/** A change of workflows: all that is shown of them is read again afterwards, also where it failed. Nothing waits for that. */
function useChange<Variables, Result>(change: (variables: Variables) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (result) => {
      if (isSaved(result)) queries.setQueryData(workflowQuery(result.id).queryKey, result);
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  });
}

function isSaved(result: unknown): result is SavedWorkflow {
  return typeof result === "object" && result !== null && "definition" in result && "id" in result;
}

export const useCreateWorkflow = () => useChange((definition: Workflow) => call("POST /api/v1/workflows", { body: definition }));

/** What a run of a definition would do; nothing that changes anything is sent. */
export const tryDefinition = (tried: DraftDryRun, signal: AbortSignal) =>
  call("POST /api/v1/workflows/dry-run", { body: tried, signal });

/** Saves what a recipe comes to as a draft. */
export const useFillRecipe = () =>
  useChange((choice: FilledRecipe) => call("POST /api/v1/workflows/from-recipe", { body: choice }));

/** Replaces the draft where it is still the one that the change began with. */
export const useSaveWorkflow = () =>
  useChange(({ id, definition, version }: { id: string; definition: Workflow; version: number }) =>
    call("PUT /api/v1/workflows/:id", { params: { id }, query: { version }, body: definition }),
  );

export const usePublishWorkflow = () => useChange((id: string) => call("POST /api/v1/workflows/:id/publish", { params: { id } }));

export const usePauseWorkflow = () =>
  useChange(({ id, isPaused }: { id: string; isPaused: boolean }) =>
    isPaused
      ? call("POST /api/v1/workflows/:id/pause", { params: { id } })
      : call("POST /api/v1/workflows/:id/resume", { params: { id } }),
  );

export const useRollBackWorkflow = () =>
  useChange(({ id, version }: { id: string; version: number }) =>
    call("POST /api/v1/workflows/:id/rollback", { params: { id }, body: { version } }),
  );

export function useRemoveWorkflow() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call("DELETE /api/v1/workflows/:id", { params: { id } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: workflowsQuery.queryKey }),
  });
}

/** A published version, among the newest. */
export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: [...KEY, "version", id, version],
    queryFn: async ({ signal }) => {
      const { data } = await call("GET /api/v1/workflows/:id/versions", { params: { id }, query: { limit: 1 }, signal });
      return data.find((one) => one.version === version) ?? null;
    },
  });

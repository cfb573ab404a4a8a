import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { RevealedRun, RevealList, Routes, Run, RunList } from "../../schemas/types/index.ts";
import { ApiError } from "../../sdk/index.ts";
import { runToPreview } from "../../workflows/run-to-preview.ts";
import { call, stream } from "./client.ts";
import { given } from "./given.ts";

export type { Run };
export type RunStatus = Run["status"];
export type RunStep = Run["steps"][number];
export type RunSummary = RunList["data"][number];

/** As the address of the page holds them; "" = any. */
export interface RunFilter {
  readonly workflow: string;
  readonly status: string;
}

const KEY = ["runs"] as const;

/** What is none of the statuses is refused by the server, which says which there are. */
type Asked = Routes["GET /api/v1/runs"]["query"];

export const runsQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: [...KEY, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/v1/runs", { query: given({ ...(filter as Asked), limit: 50, cursor: pageParam }), signal }),
    initialPageParam: "",
    getNextPageParam: (last: RunList) => last.next,
    staleTime: 0,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/runs/:id", { params: { id }, signal }),
    staleTime: 0,
  });

/** The run of a workflow whose data its editor shows; null where there is none. */
export const runToPreviewQuery = (workflow: string) =>
  queryOptions({
    queryKey: [...KEY, "preview", workflow],
    queryFn: async ({ signal }) => {
      const { data } = await call("GET /api/v1/runs", { query: { workflow, limit: 20 }, signal });
      const found = runToPreview(data);
      return found ? call("GET /api/v1/runs/:id", { params: { id: found.id }, signal }) : null;
    },
    staleTime: 0,
  });

/** A message to a run; what the server answers is shown at once. */
function useChange<Variables>(change: (variables: Variables) => Promise<Run>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (run) => {
      queries.setQueryData(runQuery(run.id).queryKey, run);
      void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
    },
  });
}

export const useStartRun = () =>
  useChange(({ workflow, input }: { workflow: string; input: unknown }) =>
    call("POST /api/v1/workflows/:id/runs", { params: { id: workflow }, body: input === undefined ? {} : { input } }),
  );

export const useDecide = () =>
  useChange(({ id, isApproved, note }: { id: string; isApproved: boolean; note: string }) => {
    const options = { params: { id }, body: note === "" ? {} : { note } };
    return isApproved ? call("POST /api/v1/runs/:id/approve", options) : call("POST /api/v1/runs/:id/decline", options);
  });

export const useRetryRun = () =>
  useChange(({ id, ...body }: { id: string; outcome?: "happened" | "not_happened"; created?: string }) => {
    const { outcome, created } = body;
    const said = { ...(outcome !== undefined && { outcome }), ...(created !== undefined && created !== "" && { id: created }) };
    return call("POST /api/v1/runs/:id/retry", { params: { id }, body: said });
  });

export const useCancelRun = () => useChange((id: string) => call("POST /api/v1/runs/:id/cancel", { params: { id } }));

export const useRunAgain = () => useChange((id: string) => call("POST /api/v1/runs/:id/again", { params: { id } }));

export type { RevealedRun };
export type Reveal = RevealList["data"][number];

/** Who was shown a run's data as it is, newest first. */
export const revealsQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "reveals", id],
    queryFn: async ({ signal }) => (await call("GET /api/v1/runs/:id/reveals", { params: { id }, signal })).data,
    staleTime: 0,
  });

/** A run's data as it is. That it was shown is on record, also where the answer did not arrive. */
export function useRevealRun() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, reason }: { id: string; reason: string }) =>
      call("POST /api/v1/runs/:id/reveal", { params: { id }, body: { reason } }),
    onSettled: (_data, _error, { id }) => void queries.invalidateQueries({ queryKey: revealsQuery(id).queryKey }),
    // It is not remembered by the page any longer than it is shown.
    gcTime: 0,
  });
}

/** How long to wait before a stream that broke off is opened anew. */
const AGAIN_MS = 2_000;

/**
 * Follows a run by the server's events: each is the whole run, and goes where the page reads it. A stream that breaks off is opened anew.
 *
 * @param isOver - nothing changes any more, unless somebody says something to the run
 */
export function useRunEvents(id: string, isOver: boolean): { readonly isLive: boolean } {
  const queries = useQueryClient();
  const [isLive, setIsLive] = useState(false);
  useEffect(() => {
    if (isOver) return;
    const left = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    async function follow(): Promise<void> {
      try {
        for await (const run of stream("GET /api/v1/runs/:id/events", { params: { id }, signal: left.signal })) {
          setIsLive(true);
          queries.setQueryData(runQuery(id).queryKey, run);
        }
      } catch (error) {
        if (left.signal.aborted) return;
        // What cannot be asked for again is said by the page's own reading of the run.
        if (error instanceof ApiError && !error.retryable)
          return void queries.invalidateQueries({ queryKey: runQuery(id).queryKey });
      } finally {
        setIsLive(false);
      }
      if (!left.signal.aborted) timer = setTimeout(follow, AGAIN_MS);
    }
    void follow();
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [id, isOver, queries]);
  return { isLive };
}

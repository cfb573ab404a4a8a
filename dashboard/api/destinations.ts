import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type {
  Destination,
  DestinationAttempt,
  DestinationChange,
  DestinationDelivery,
  DestinationDeliveryList,
  DestinationList,
  DestinationSecret,
  NewDestination,
} from "../../schemas/types/index.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";

export type { Destination, DestinationAttempt, DestinationDelivery, DestinationSecret, NewDestination };

const KEY = ["destinations"] as const;

/** All of the project's, or those in whose name or address the server finds a text. */
export const destinationsFound = (search: string) =>
  infiniteQueryOptions({
    queryKey: [...KEY, "list", search],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/v1/destinations", { query: given({ limit: 100, search, cursor: pageParam }), signal }),
    initialPageParam: "",
    getNextPageParam: (last: DestinationList) => last.next,
  });

export const destinationsQuery = destinationsFound("");

export const destinationQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/destinations/:id", { params: { id }, signal }),
    staleTime: 0,
  });

export const destinationUsageQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "usage", id],
    queryFn: ({ signal }) => call("GET /api/v1/destinations/:id/usage", { params: { id }, signal }),
    staleTime: 0,
  });

/** What was sent to a destination in the last thirty days, newest first. */
export const deliveriesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...KEY, "deliveries", id],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/v1/destinations/:id/deliveries", { params: { id }, query: given({ limit: 20, cursor: pageParam }), signal }),
    initialPageParam: "",
    getNextPageParam: (last: DestinationDeliveryList) => last.next,
    staleTime: 0,
  });

/** A change of destinations: all that is shown of them is read again afterwards, also where it failed. Nothing waits for that. */
function useChange<Variables, Result>(change: (variables: Variables) => Promise<Result>, onSuccess?: (result: Result) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (result) => onSuccess?.(result),
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
    // A secret is not remembered by the page any longer than it is shown.
    gcTime: 0,
  });
}

export const useAddDestination = () =>
  useChange((destination: NewDestination) => call("POST /api/v1/destinations", { body: destination }));

/** What was saved is shown at once. */
export function useUpdateDestination() {
  const queries = useQueryClient();
  return useChange(
    ({ id, ...change }: DestinationChange & { readonly id: string }) =>
      call("PATCH /api/v1/destinations/:id", { params: { id }, body: change }),
    (saved) => queries.setQueryData(destinationQuery(saved.id).queryKey, saved),
  );
}

export const useRotateSecret = () =>
  useChange(({ id, keepSeconds }: { id: string; keepSeconds: number }) =>
    call("POST /api/v1/destinations/:id/rotate", { params: { id }, body: { keepSeconds } }),
  );

export const useTestDestination = () => useChange((id: string) => call("POST /api/v1/destinations/:id/test", { params: { id } }));

/** What is known of the removed one is not read again while its page still stands, only where it is shown again. */
export function useRemoveDestination() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call("DELETE /api/v1/destinations/:id", { params: { id } }),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: KEY, refetchType: "none" });
      void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
    },
  });
}

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Forgetting, Person } from "../../schemas/types/index.ts";
import { call } from "./client.ts";

export type { Forgetting, Person };

/** When data of people was removed from this project, newest first. */
export const forgettingsQuery = queryOptions({
  queryKey: ["forget"],
  queryFn: async ({ signal }) => (await call("GET /api/v1/forget", { signal })).data,
});

/** What pages show may hold data that is gone now: all of it is read anew. */
export function useForget() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (person: Person) => call("POST /api/v1/forget", { body: person }),
    onSuccess: () => queries.invalidateQueries(),
  });
}

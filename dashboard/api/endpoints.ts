import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import type { Endpoint, EndpointList, EndpointPreset } from "../../schemas/types/index.ts";
import type { CatalogEndpoint } from "../../workflows/types.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";

export type { Endpoint, EndpointPreset };

const KEY = ["endpoints"] as const;

export const endpointsQuery = infiniteQueryOptions({
  queryKey: [...KEY, "list"],
  queryFn: ({ pageParam, signal }) => call("GET /api/v1/endpoints", { query: given({ limit: 100, cursor: pageParam }), signal }),
  initialPageParam: "",
  getNextPageParam: (last: EndpointList) => last.next,
});

/** They come with the program, and change only with it. */
export const presetsQuery = queryOptions({
  queryKey: ["presets"],
  queryFn: async ({ signal }) => (await call("GET /api/v1/presets", { signal })).data,
  staleTime: Number.POSITIVE_INFINITY,
});

/** What workflows can be started by, as the check knows it. */
export function toCatalogEndpoints(endpoints: readonly Endpoint[], presets: readonly EndpointPreset[]): CatalogEndpoint[] {
  return endpoints.map(({ id, name, preset, definition }) => {
    const own = definition as { schema?: object; decision?: { cases: readonly unknown[] } } | null;
    const shipped = presets.find((one) => one.id === preset);
    const body = ((own === null ? shipped?.schema : own.schema) ?? {}) as JsonSchema;
    const decides = own === null ? shipped?.decides === true : (own.decision?.cases.length ?? 0) > 0;
    return { id, name, body, decides };
  });
}

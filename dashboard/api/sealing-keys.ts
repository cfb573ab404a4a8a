import { queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";

export interface SealingKey {
  readonly kid: string;
  readonly current: boolean;
  /** False: values need it, but it is not configured. */
  readonly configured: boolean;
  /** How many values are sealed under it. */
  readonly used: number;
  readonly firstSeenAt: string | null;
}

export interface SealingKeys {
  readonly data: readonly SealingKey[];
  readonly source: "file" | "environment";
}

export interface ResealReport {
  readonly kid: string;
  readonly resealed: number;
  readonly failed: readonly {
    readonly collection: string;
    readonly project: string;
    readonly id: string;
    readonly code: string;
  }[];
  readonly newKey: string | null;
}

export const sealingKeysQuery = queryOptions({
  queryKey: ["sealing-keys"],
  queryFn: ({ signal }) => call<SealingKeys>("GET", "/api/v1/settings/keys", { signal }),
});

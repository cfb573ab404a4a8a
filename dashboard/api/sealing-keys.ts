import { queryOptions } from "@tanstack/react-query";
import type { EncryptionKeys, RotationLine } from "../../schemas/types/index.ts";
import { call } from "./client.ts";

export type { EncryptionKeys };
export type SealingKey = EncryptionKeys["data"][number];
export type ResealReport = Extract<RotationLine, { readonly finished: true }>["report"];

export const sealingKeysQuery = queryOptions({
  queryKey: ["sealing-keys"],
  queryFn: ({ signal }) => call("GET /api/v1/settings/keys", { signal }),
});

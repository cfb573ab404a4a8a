import { inputInvalid } from "../http/check.ts";

/** `limit` (1 to 100) and `cursor` of a list. @throws ConnectorError `input_invalid` */
export function readPage(query: Readonly<Record<string, string>>): { limit?: number; cursor?: string } {
  const { limit, cursor } = query;
  if (limit !== undefined && !/^([1-9]|[1-9]\d|100)$/.test(limit)) {
    throw inputInvalid({ pointer: "/limit", keyword: "range", message: "must be a whole number from 1 to 100" });
  }
  return { ...(limit !== undefined && { limit: Number(limit) }), ...(cursor !== undefined && { cursor }) };
}

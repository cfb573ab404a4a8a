import { inputInvalid } from "../http/check.ts";

type Query = Readonly<Record<string, string>>;

/** `limit` (1 to 100) and `cursor` of a list. @throws ConnectorError `input_invalid` */
export function readPage(query: Query): { limit?: number; cursor?: string } {
  const { cursor } = query;
  return { ...readLimit(query, 100), ...(cursor !== undefined && { cursor }) };
}

/** `limit`, from 1 to `max`. @throws ConnectorError `input_invalid` */
export function readLimit({ limit }: Query, max: number): { limit?: number } {
  if (limit === undefined) return {};
  if (/^[1-9]\d{0,5}$/.test(limit) && Number(limit) <= max) return { limit: Number(limit) };
  throw inputInvalid({ pointer: "/limit", keyword: "range", message: `must be a whole number from 1 to ${max}` });
}

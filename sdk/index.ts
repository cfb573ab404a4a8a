export type * from "../schemas/types/index.ts";
export { ApiError } from "./api-error.ts";
export type { BrowserSession, Caller } from "./caller.ts";
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type LineOf,
  type RouteOptions,
  type RunOptions,
  type StreamName,
  type TextName,
} from "./client.ts";

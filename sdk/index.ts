export type * from "../schemas/types/index.ts";
export { ApiError } from "./api-error.ts";
export { type CallOptions, type Client, type ClientOptions, createClient, type RouteOptions, type RunOptions } from "./client.ts";

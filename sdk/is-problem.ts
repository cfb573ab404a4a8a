import type { Problem } from "../schemas/types/index.ts";

/** Is it a problem document of the server? Something in front of it may answer with any other JSON. */
export function isProblem(body: unknown): body is Problem {
  const { code, detail, status, retryable } = (body ?? {}) as Partial<Problem>;
  return typeof code === "string" && typeof detail === "string" && typeof status === "number" && typeof retryable === "boolean";
}

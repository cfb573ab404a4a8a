import type { Problem } from "../schemas/types/index.ts";

/** The server refused or failed a call. Compare `code`; docs/errors.md lists them. */
export class ApiError extends Error {
  /** What callers compare. */
  readonly code: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** The whole problem document (RFC 9457), where the server sent one. */
  readonly problem: Problem | undefined;

  constructor(
    { code, status, retryable, detail }: Pick<Problem, "code" | "status" | "retryable" | "detail">,
    { problem, cause }: { problem?: Problem; cause?: unknown } = {},
  ) {
    super(detail, { cause });
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.problem = problem;
  }
}

import type { Problem } from "../../schemas/types/index.ts";

/** One thing that is wrong with an input, by RFC 6901 pointer. */
export type Issue = NonNullable<Problem["errors"]>[number];

/** A failed call of this server's API: its problem document, or one built here where no answer came. */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiProblem";
    this.problem = problem;
  }
}

/** Any thrown thing as a problem to show. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  return {
    ...LOCAL,
    code: "internal_error",
    title: "Something went wrong in this page",
    detail: "Reload the page. If it happens again, the browser's console has the details.",
  };
}

/** The request got no answer: the server is stopped, or the network is away. */
export function unreachable(): ApiProblem {
  return new ApiProblem({
    ...LOCAL,
    code: "server_unreachable",
    title: "The server does not answer",
    detail: "Is it running? Whether this request reached it is not known.",
    retryable: true,
  });
}

/** Something answered that is not this server's API, such as a proxy in front of it. */
export function unreadable(status: number): ApiProblem {
  return new ApiProblem({
    ...LOCAL,
    code: "answer_unreadable",
    status,
    title: "The answer could not be read",
    detail: `Something in front of the server answered with status ${status}.`,
    retryable: status >= 500,
  });
}

/** A person did not wait for the end of a write. */
export function stoppedWaiting(): ApiProblem {
  return new ApiProblem({
    ...LOCAL,
    code: "stopped_waiting",
    title: "You stopped waiting",
    detail: "The write may still be carried out. Send it again to learn its outcome.",
    retryable: true,
  });
}

/** An answer ended before its end. */
export function cutOff(): ApiProblem {
  return new ApiProblem({
    ...LOCAL,
    code: "answer_cut_off",
    title: "The answer ended before its end",
    detail: "The connection to the server was lost on the way.",
    retryable: true,
  });
}

const LOCAL = { type: "", status: 0, instance: "", retryable: false, requestId: "" };

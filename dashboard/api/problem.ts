import type { Problem } from "../../schemas/types/index.ts";
import { ApiError } from "../../sdk/index.ts";

/** One thing that is wrong with an input, by RFC 6901 pointer. */
export type Issue = NonNullable<Problem["errors"]>[number];

/** Any thrown thing as a problem to show: the server's own, or one in the words below where it sent none. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof ApiError)) return { ...LOCAL, code: "internal_error", ...IN_PAGE };
  if (error.problem) return error.problem;
  const { code, status, retryable, message } = error;
  return { ...LOCAL, code, status, retryable, ...(wordsOf(error) ?? { title: "The request failed", detail: message }) };
}

/** A person did not wait for the end of a write. */
export function stoppedWaiting(): ApiError {
  return new ApiError({ code: "stopped_waiting", status: 0, retryable: true, detail: "stopped waiting" });
}

const LOCAL = { type: "", status: 0, instance: "", retryable: false, requestId: "" };

const IN_PAGE = {
  title: "Something went wrong in this page",
  detail: "Reload the page. If it happens again, the browser's console has the details.",
};

function wordsOf({ code, status }: ApiError): Pick<Problem, "title" | "detail"> | undefined {
  switch (code) {
    case "server_unreachable":
      return { title: "The server does not answer", detail: "Is it running? It is unknown whether this request reached it." };
    case "answer_unreadable":
      return {
        title: "The response could not be read",
        detail: `Something in front of the server answered with status ${status}.`,
      };
    case "redirect_refused":
      return { title: "The response could not be read", detail: "Something in front of the server redirected the request." };
    case "answer_cut_off":
      return { title: "The response was cut short", detail: "The connection to the server was lost on the way." };
    case "stopped_waiting":
      return {
        title: "You stopped waiting",
        detail: "The write may still be carried out. Send it again to learn its outcome.",
      };
  }
}

import { isProblem } from "../../sdk/is-problem.ts";
import { readLines } from "../../sdk/read-lines.ts";
import { BASE_PATH } from "../base-path.ts";
import { ApiProblem, cutOff, unreachable, unreadable } from "./problem.ts";
import { sessionUse } from "./this-session.ts";

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** What every change must carry; kept by `api/session.ts`. */
let csrfToken: string | undefined;

export function rememberCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/**
 * One call of this server, as JSON.
 *
 * @throws ApiProblem with the server's own problem document; AbortError where `signal` ended it
 */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const answer = await send(method, path, options);
  if (answer.status === 204) return undefined as T;
  return (await readJson(answer)) as T;
}

/** Lines of an NDJSON answer, each as soon as it is there. @throws like `call` */
export async function* stream<T>(method: string, path: string, options: CallOptions = {}): AsyncGenerator<T, void, undefined> {
  const answer = await send(method, path, options);
  try {
    yield* readLines<T>(answer);
  } catch (error) {
    throw toCutOff(error);
  }
}

async function send(method: string, path: string, { body, headers, signal }: CallOptions): Promise<Response> {
  const isSafe = method === "GET";
  let answer: Response;
  try {
    answer = await fetch(`${BASE_PATH}${path}`, {
      method,
      credentials: "same-origin",
      // What may be kept is asked for again all the same; the server says whether it has changed.
      cache: "no-cache",
      signal: signal ?? null,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(!isSafe && csrfToken !== undefined && { "x-csrf-token": csrfToken }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  sessionUse.note(answer.headers.get("date"));
  if (answer.ok) return answer;
  const problem = await readJson(answer);
  throw isProblem(problem) ? new ApiProblem(problem) : unreadable(answer.status);
}

async function readJson(answer: Response): Promise<unknown> {
  const isJson = /[/+]json\b/.test(answer.headers.get("content-type") ?? "");
  if (!isJson) throw unreadable(answer.status);
  return answer.json().catch((error: unknown) => {
    throw toCutOff(error);
  });
}

/** The connection was lost, or a proxy cut the answer: what came is no whole JSON. */
function toCutOff(error: unknown): unknown {
  return error instanceof TypeError || error instanceof SyntaxError ? cutOff() : error;
}

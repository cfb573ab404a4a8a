import type { OperationInputs, OperationName, OperationOutputs, Problem } from "../schemas/types/index.ts";
import { ApiError } from "./api-error.ts";
import { readLines } from "./read-lines.ts";

export interface ClientOptions {
  /** Where the server is, for example `https://lever.example.com`. */
  readonly url: string;
  /** An API key of the server (`lc_…`). It is sent with every call: keep it out of browsers. */
  readonly apiKey: string | undefined;
  /** `globalThis.fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface RunOptions<Name extends OperationName> {
  /** Credential id, or nickname. */
  readonly credential: string;
  readonly input?: OperationInputs[Name];
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** What a call took. */
export interface Meta {
  readonly requestId: string;
  readonly attempts: number;
  readonly durationMs: number;
  readonly waitedMs: number;
  readonly budget: { readonly remaining: number; readonly resetMs: number };
  readonly readBack?: { readonly ok: boolean; readonly code?: string };
  /** After a write to a list, tags for instance: the values that made a difference. Absent where that is not known. */
  readonly changed?: { readonly field: string; readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly replayed?: boolean;
  /** Where Lever's answer is not as the types say; it is passed on as it came. At most ten issues, without values. */
  readonly schemaWarnings?: {
    readonly count: number;
    readonly issues: readonly { readonly pointer: string; readonly keyword: string; readonly message: string }[];
  };
}

/** One record of a list's answer. */
export type RecordOf<Name extends OperationName> = OperationOutputs[Name] extends { data: readonly (infer Item)[] }
  ? Item
  : unknown;

/** This server's API, typed by the connector's schemas. Every method throws `ApiError`; none retries, since the server does. */
export interface Client {
  /** Runs an operation. With an `idempotencyKey` the same call again is answered with what was recorded, for a day. */
  run<Name extends OperationName>(
    operation: Name,
    options: RunOptions<Name> & { readonly idempotencyKey?: string },
  ): Promise<{ readonly output: OperationOutputs[Name]; readonly meta: Meta }>;
  /** Every record of every page, each as soon as it is there. Leaving the loop ends the crawl. */
  pages<Name extends OperationName>(operation: Name, options: RunOptions<Name>): AsyncGenerator<RecordOf<Name>, void, undefined>;
  /** Any other route of the API, such as `call("GET", "/api/v1/credentials")`. */
  call<Answer>(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

export function createClient({ url, apiKey, fetch = globalThis.fetch }: ClientOptions): Client {
  const origin = url.replace(/\/+$/, "");
  if (!apiKey) throw new TypeError("apiKey is needed: an API key of the server, such as lc_…");

  async function send(method: string, path: string, { body, headers, signal }: CallOptions): Promise<Response> {
    const answer = await fetch(`${origin}${path}`, {
      method,
      signal: signal ?? null,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause) => {
      if (signal?.aborted) throw cause;
      throw new ApiError(
        { code: "server_unreachable", status: 0, retryable: true, detail: `${origin} does not answer` },
        { cause },
      );
    });
    if (!answer.ok) throw await toError(answer);
    return answer;
  }

  async function call<Answer>(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await send(method, path, options);
    return (answer.status === 204 ? undefined : await answer.json()) as Answer;
  }

  return {
    call,
    run(operation, { credential, input, signal, idempotencyKey }) {
      const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
      return call("POST", `/api/v1/operations/${operation}`, { body: { credential, input: input ?? {} }, headers, signal });
    },
    async *pages(operation, { credential, input, signal }) {
      const body = { credential, input: input ?? {} };
      const answer = await send("POST", `/api/v1/operations/${operation}?pages=all`, { body, signal });
      for await (const line of readLines<PageLine>(answer)) {
        if ("error" in line) throw new ApiError(line.error, { problem: line.error });
        if ("done" in line) return;
        if ("data" in line) yield line.data as never;
      }
      throw new ApiError({
        code: "answer_cut_off",
        status: 0,
        retryable: true,
        detail: "the answer ended before all pages were there",
      });
    },
  };
}

type PageLine =
  | { data: unknown }
  | { cursor: string; count: number }
  | { done: true; count: number; from?: "cursor" }
  | { error: Problem };

/** Something in front of the server may answer as well: then there is no problem document. */
async function toError(answer: Response): Promise<ApiError> {
  const { status } = answer;
  const problem = (await answer.json().catch(() => undefined)) as Problem | undefined;
  if (typeof problem?.code === "string") return new ApiError(problem, { problem });
  return new ApiError({ code: "answer_unreadable", status, retryable: status >= 500, detail: `the server answered ${status}` });
}

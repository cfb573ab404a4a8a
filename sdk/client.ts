import type {
  Meta,
  OperationInputs,
  OperationName,
  OperationOutputs,
  Problem,
  RouteName,
  Routes,
} from "../schemas/types/index.ts";
import { ApiError } from "./api-error.ts";
import { type Caller, createProof, type Proof } from "./caller.ts";
import { isProblem } from "./is-problem.ts";
import { readEvents } from "./read-events.ts";
import { readLines } from "./read-lines.ts";

export type ClientOptions = Caller & {
  /** Where the server is, with the path that it lies below: for example `https://example.com/connector`. */
  readonly url: string;
  /** How a browser's cache takes part; as `fetch` does by default. */
  readonly cache?: "no-cache" | "no-store";
  /** Called with each answer of the server, failures included, before it is read. */
  readonly onAnswer?: (answer: Response) => void;
  /** `globalThis.fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
};

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

type Needed<Part extends string, Value> = Value extends undefined
  ? { readonly [Name in Part]?: undefined }
  : Record<never, never> extends Value
    ? { readonly [Name in Part]?: Value }
    : { readonly [Name in Part]: Value };

/** What a route takes: values of its path, of its query, and its body. */
export type RouteOptions<Name extends RouteName> = Omit<CallOptions, "body"> &
  Needed<"params", Routes[Name]["params"]> &
  Needed<"query", Routes[Name]["query"]> &
  Needed<"body", Routes[Name]["body"]>;

/** Names of the routes that answer lines. */
export type StreamName = { [Name in RouteName]: [Routes[Name]["line"]] extends [never] ? never : Name }[RouteName];

/** A line of such an answer. What says that it failed is thrown. */
export type LineOf<Name extends StreamName> = Exclude<Routes[Name]["line"], { readonly error: unknown }>;

/** Names of the routes that can answer text, such as CSV. */
export type TextName = { [Name in RouteName]: [Routes[Name]["text"]] extends [never] ? never : Name }[RouteName];

type OptionsOf<Name extends RouteName> =
  Record<never, never> extends RouteOptions<Name> ? [RouteOptions<Name>?] : [RouteOptions<Name>];

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
  /** Any route of the API by its name, such as `call("GET /api/v1/credentials/:id", { params: { id } })`. */
  call<Name extends RouteName>(route: Name, ...options: OptionsOf<Name>): Promise<Routes[Name]["reply"]>;
  /** The text of a route that can answer it, whole: `text("GET /api/v1/writes", { query: { format: "csv" } })`. */
  text<Name extends TextName>(route: Name, ...options: OptionsOf<Name>): Promise<string>;
  /** Lines of a route that answers them, or the data of its events, each as soon as it is there, the last one included. Leaving the loop ends the request. */
  stream<Name extends StreamName>(route: Name, ...options: OptionsOf<Name>): AsyncGenerator<LineOf<Name>, void, undefined>;
}

/** @throws TypeError where no call could be sent: without a usable address or proof of who calls */
export function createClient({ url, cache, onAnswer, fetch = globalThis.fetch, ...caller }: ClientOptions): Client {
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw new TypeError("url must be the server's http or https address");
  const prove = createProof(caller);
  const base = url.replace(/\/+$/, "");

  async function send(method: string, path: string, options: CallOptions): Promise<Response> {
    const { signal } = options;
    const request = { ...toRequest(method, prove, options), ...(cache && { cache }) };
    const answer = await fetch(`${base}${path}`, request).catch((cause) => {
      throw signal?.aborted ? cancelled(signal) : unreachable(base, cause);
    });
    onAnswer?.(answer);
    if (answer.type === "opaqueredirect" || (answer.status >= 300 && answer.status < 400)) throw redirected(answer);
    if (!answer.ok) throw await toError(answer, signal);
    return answer;
  }

  async function request<Answer>(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await send(method, path, options);
    if (answer.status === 204) return undefined as Answer;
    if (!isOfType(answer, "json")) throw await unreadable(answer);
    return (await whole(readJson(answer), options)) as Answer;
  }

  async function text(method: string, path: string, options: CallOptions): Promise<string> {
    const answer = await send(method, path, options);
    if (!isOfType(answer, "csv")) throw await unreadable(answer);
    return whole(answer.text(), options);
  }

  async function* lines(method: string, path: string, options: CallOptions): AsyncGenerator<Line, void, undefined> {
    const answer = await send(method, path, options);
    if (/^text\/event-stream\b/i.test(answer.headers.get("content-type") ?? "")) return yield* events(answer, options.signal);
    if (!isOfType(answer, "ndjson")) throw await unreadable(answer);
    const read = readLines<Line>(answer);
    try {
      for (let isLast = false; !isLast; ) {
        const line = await nextOf(read, options.signal);
        if (line.error) throw new ApiError(line.error, { problem: line.error });
        isLast = line.done === true || line.finished === true;
        yield line;
      }
    } finally {
      await read.return();
    }
  }

  /** Each is whole by itself: such an answer ends where the server has no more to tell. */
  async function* events(answer: Response, signal: AbortSignal | undefined): AsyncGenerator<Line, void, undefined> {
    try {
      yield* readEvents<Line>(answer);
    } catch (cause) {
      throw signal?.aborted ? cancelled(signal) : cutOff(cause);
    }
  }

  return {
    async call(route, ...[options = {}]) {
      return request(...toAddress(route, options), options as CallOptions);
    },
    async text(route, ...[options = {}]) {
      return text(...toAddress(route, options), options as CallOptions);
    },
    async *stream(route, ...[options = {}]) {
      yield* lines(...toAddress(route, options), options as CallOptions) as AsyncGenerator<never>;
    },
    async run(operation, { credential, input, signal, idempotencyKey }) {
      const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
      const body = { credential, input: input ?? {} };
      return request("POST", pathOf(operation), { body, headers, signal });
    },
    async *pages(operation, { credential, input, signal }) {
      const body = { credential, input: input ?? {} };
      for await (const line of lines("POST", `${pathOf(operation)}?pages=all`, { body, signal }))
        if ("data" in line) yield line.data as never;
    },
  };
}

/** What lines of every route have in common: the last one says that it is the last, or what failed. */
interface Line {
  readonly data?: unknown;
  /** A number tells of progress. */
  readonly done?: true | number;
  readonly finished?: true;
  readonly error?: Problem;
}

interface Filling {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
}

/** Method and path. @throws ApiError `request_invalid` where a value of the path is missing */
function toAddress(route: string, filling: object): [string, string] {
  const [method = "", path = ""] = route.split(" ");
  return [method, fill(path, filling)];
}

function fill(path: string, { params = {}, query = {} }: Filling): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (!value) throw new ApiError({ ...INVALID, detail: `params.${name} is needed` });
    return encodeURIComponent(value);
  });
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
  return asked.size === 0 ? filled : `${filled}?${asked}`;
}

function pathOf(operation: string): string {
  return `/api/v1/operations/${encodeURIComponent(operation)}`;
}

/** What `fetch` is called with. @throws ApiError `request_invalid` where that cannot be sent at all */
function toRequest(method: string, prove: Proof, { body, headers, signal }: CallOptions): RequestInit {
  const proof = prove(method);
  const all = toHeaders({
    accept: "application/json",
    ...(body !== undefined && { "content-type": "application/json" }),
    ...proof.headers,
    ...headers,
  });
  // A redirect would lead somewhere that is not this server, and turn a POST into a GET.
  const init: RequestInit = { ...proof, method, signal: signal ?? null, headers: all, redirect: "manual" };
  return body === undefined ? init : { ...init, body: toJson(body) };
}

/** The cause is left out: it repeats the header, which may be a secret. */
function toHeaders(headers: Readonly<Record<string, string>>): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw new ApiError({ ...INVALID, detail: "a header holds characters that cannot be sent" });
  }
}

function toJson(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new ApiError({ ...INVALID, detail: "the body cannot be written as JSON" }, { cause });
  }
}

const INVALID = { code: "request_invalid", status: 0, retryable: false };

/** The next line; they do not end without one that says so. */
async function nextOf(lines: AsyncGenerator<Line>, signal: AbortSignal | undefined): Promise<Line> {
  const next = await lines.next().catch((cause) => {
    throw signal?.aborted ? cancelled(signal) : cutOff(cause);
  });
  if (next.done || typeof next.value !== "object" || next.value === null) throw cutOff();
  return next.value;
}

const TYPES = { json: /^application\/[^;]*\bjson\b/i, ndjson: /^application\/[^;]*\bndjson\b/i, csv: /^text\/csv\b/i } as const;

function isOfType(answer: Response, type: keyof typeof TYPES): boolean {
  return TYPES[type].test(answer.headers.get("content-type") ?? "");
}

async function whole<T>(body: Promise<T>, { signal }: CallOptions): Promise<T> {
  return body.catch((cause) => {
    throw signal?.aborted ? cancelled(signal) : cutOff(cause);
  });
}

async function readJson(answer: Response): Promise<unknown> {
  return JSON.parse(await answer.text());
}

/** Something in front of the server may answer as well: then there is no problem document. */
async function toError(answer: Response, signal: AbortSignal | undefined): Promise<ApiError> {
  const body = await readJson(answer).catch(() => undefined);
  if (signal?.aborted) return cancelled(signal);
  return isProblem(body) ? new ApiError(body, { problem: body }) : notOurs(answer);
}

function cancelled(signal: AbortSignal): ApiError {
  const detail = "the call was ended by its signal";
  return new ApiError({ code: "cancelled", status: 0, retryable: true, detail }, { cause: signal.reason });
}

function unreachable(base: string, cause: unknown): ApiError {
  const detail = `${base} does not answer`;
  return new ApiError({ code: "server_unreachable", status: 0, retryable: true, detail }, { cause });
}

function redirected(answer: Response): ApiError {
  const location = answer.headers.get("location");
  const isKnown = location !== null && URL.canParse(location, answer.url || undefined);
  const to = isKnown ? ` to ${new URL(location, answer.url || undefined).origin}` : "";
  const detail = `the server redirects${to}; redirects are not followed: give the address of this server's API as url`;
  return new ApiError({ code: "redirect_refused", status: answer.status, retryable: false, detail });
}

/** What came is of another type than was asked for: read by another method, or no answer of this server. Its body is not waited for. */
async function unreadable(answer: Response): Promise<ApiError> {
  await answer.body?.cancel().catch(() => {}); // it is not read, so that there is no one to report a failure to
  const reader = READERS.find(({ type }) => isOfType(answer, type))?.reader;
  if (reader === undefined || !answer.ok) return notOurs(answer);
  const type = answer.headers.get("content-type")?.split(";")[0];
  const detail = `the answer is ${type}, which ${reader} reads`;
  return new ApiError({ code: "answer_unreadable", status: answer.status, retryable: false, detail });
}

const READERS = [
  { type: "csv", reader: "text()" },
  { type: "ndjson", reader: "stream()" },
  { type: "json", reader: "call()" },
] as const;

/** A page of something in front of the server, say. */
function notOurs({ status }: Response): ApiError {
  const detail = `the answer with status ${status} is not one of this server's API`;
  return new ApiError({ code: "answer_unreadable", status, retryable: status >= 500 || status === 429, detail });
}

function cutOff(cause?: unknown): ApiError {
  const detail = "the answer ended before its end";
  return new ApiError({ code: "answer_cut_off", status: 0, retryable: true, detail }, { cause });
}

import {
  PLAYGROUND_API_KEY,
  type RunningPlayground,
  type StartPlaygroundOptions,
  startPlayground,
} from "../../playground/index.ts";

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: replies are what is being examined
  body: any;
}

export interface Client extends RunningPlayground {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body?: unknown): Promise<Reply>;
  put(path: string, body?: unknown): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
}

export function basic(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString("base64")}`;
}

/** A playground on a free port and a plain client of it that knows nothing of the connector. */
export async function start(options: StartPlaygroundOptions = {}): Promise<Client> {
  const running = await startPlayground({ port: 0, opportunities: 60, rateLimit: false, ...options });

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const res = await fetch(`${running.url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        authorization: basic(PLAYGROUND_API_KEY),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await res.text();
    const isJson = res.headers.get("content-type")?.includes("json") === true && text !== "";
    return { status: res.status, headers: res.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    ...running,
    call,
    get: (path, headers) => call("GET", `/v1${path}`, undefined, headers),
    post: (path, body = {}) => call("POST", `/v1${path}`, body),
    put: (path, body = {}) => call("PUT", `/v1${path}`, body),
    control: (method, path, body) => call(method, `/_playground${path}`, body),
  };
}

/** Every page of a list, the token sent as an ordinary query value. */
// biome-ignore lint/suspicious/noExplicitAny: replies are what is being examined
export async function crawl(client: Client, path: string, limit: number): Promise<any[]> {
  const rows = [];
  let offset: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(limit), ...(offset === undefined ? {} : { offset }) });
    const { body } = await client.get(`${path}${path.includes("?") ? "&" : "?"}${query}`);
    rows.push(...body.data);
    offset = body.hasNext ? body.next : undefined;
  } while (offset !== undefined);
  return rows;
}

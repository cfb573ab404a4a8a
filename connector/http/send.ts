import { type Dispatcher, errors, Pool } from "undici";
import { packageVersion } from "../package-root.ts";
import type { ConnectorRequest, Send, SendOptions } from "../types.ts";
import { Exchange, type Outcome } from "./exchange.ts";
import { createConnect, type ProxySettings } from "./proxy.ts";

export interface CreateSendOptions {
  /** Connections to one origin; further calls wait for one. 128 by default. */
  readonly connections?: number;
  /** 3,000 by default; TLS handshake included. */
  readonly connectTimeoutMs?: number;
  /** The longest silence within a body; its headers may take as long as the attempt. 10,000 by default; checked about twice a second. */
  readonly silenceMs?: number;
  /** An attempt whose `SendOptions` say nothing, and a write on the wire whatever they say: waiting for a connection, sending and the whole answer. 30,000 by default. */
  readonly totalTimeoutMs?: number;
  /** 20 MB by default. */
  readonly maxBytes?: number;
  /** Nesting of an answer. 64 by default. */
  readonly maxDepth?: number;
  /** `lever-connector/<version>` by default. */
  readonly userAgent?: string;
  /** Trust settings for TLS, for a service behind a private certificate authority; else Node's own and `NODE_EXTRA_CA_CERTS`. */
  readonly ca?: string | Buffer;
  readonly proxies?: ProxySettings | undefined;
  /** Asked for each call, in place of own connections: nock only sees the global dispatcher. */
  readonly dispatcher?: () => Dispatcher;
}

export interface Sender {
  readonly send: Send;
  /** Closes all connections; calls under way end as `cancelled`. May be called twice or before any use. */
  dispose(): Promise<void>;
}

interface Target {
  readonly origin: string;
  readonly prefix: string;
}

/**
 * Makes the one HTTP client of the connector: keep-alive, no redirects, no decompression, every stage bounded in time and size.
 *
 * `send` makes exactly one attempt and reports the result; it repeats nothing and judges nothing.
 */
export function createSend(options: CreateSendOptions = {}): Sender {
  const { silenceMs = 10_000, totalTimeoutMs = 30_000, maxBytes = 20_000_000, maxDepth = 64 } = options;
  const limits = { maxBytes, maxDepth };
  const targets = new Map<string, Target>();
  const pools = new Map<string, Pool>();
  let userAgent = options.userAgent;
  let disposed = false;

  function dispatcherFor(origin: string): Dispatcher {
    if (options.dispatcher !== undefined) return options.dispatcher();
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = createPool(origin, options);
    pools.set(origin, pool);
    return pool;
  }

  function attempt(request: ConnectorRequest, sending: SendOptions): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const target = targetOf(targets, sending.base);
      userAgent ??= defaultUserAgent();
      const exchange = new Exchange(resolve, reject, limits, sending.signal);
      const timeoutMs = sending.timeoutMs ?? totalTimeoutMs;
      exchange.start(timeoutMs, sending.seeThrough ? Math.max(0, totalTimeoutMs - timeoutMs) : undefined);
      dispatcherFor(target.origin).dispatch(
        {
          origin: target.origin,
          method: request.method,
          path: target.prefix + request.path,
          headers: headersOf(request, sending, userAgent),
          body: request.body ?? null,
          // The attempt's own deadline ends it: a slow service that is asked again starts from the beginning.
          headersTimeout: 0,
          bodyTimeout: silenceMs,
        },
        exchange,
      );
    });
  }

  return {
    send(request, sending) {
      if (sending.signal?.aborted) return Promise.resolve(notSent(sending.signal.reason));
      if (disposed) return Promise.resolve(notSent(new errors.ClientDestroyedError()));
      return attempt(request, sending);
    },
    async dispose() {
      disposed = true;
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

function createPool(origin: string, { connections = 128, connectTimeoutMs = 3000, ca, proxies }: CreateSendOptions): Pool {
  const connect = createConnect({ timeoutMs: connectTimeoutMs, proxies, ...(ca !== undefined && { ca }) });
  return new Pool(origin, { connections, connect });
}

/** A record and not undici's flat list: interceptors such as nock take nothing else. */
function headersOf(request: ConnectorRequest, sending: SendOptions, userAgent: string): Record<string, string> {
  const { authorizationHeader: name = "authorization", authorization } = sending;
  const headers = { [name]: authorization, accept: "application/json", "accept-encoding": "identity", "user-agent": userAgent };
  return request.body === undefined ? headers : { ...headers, "content-type": "application/json" };
}

function targetOf(targets: Map<string, Target>, base: string): Target {
  const known = targets.get(base);
  if (known !== undefined) return known;
  const url = new URL(base);
  const target = { origin: url.origin, prefix: url.pathname.replace(/\/+$/, "") };
  targets.set(base, target);
  return target;
}

function notSent(cause: unknown): Outcome {
  return { failure: { kind: "cancelled", arrived: "no", cause } };
}

function defaultUserAgent(): string {
  return `lever-connector/${packageVersion()}`;
}

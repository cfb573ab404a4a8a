import { Agent } from "undici";
import { PROXY_FAILED } from "../connector/http/proxy.ts";
import { retryAfterOf } from "../connector/http/retry-after.ts";
import type { DestinationAttempt } from "../schemas/types/index.ts";
import { EGRESS_DENIED, type Egress } from "./egress.ts";

/** One attempt, and when the receiver asked to be tried again. */
export interface Attempt extends DestinationAttempt {
  readonly retryAfterMs?: number;
}

export interface PostOptions {
  readonly egress: Pick<Egress, "connect">;
  /** For the whole attempt. 15,000 by default. */
  readonly timeoutMs?: number;
  readonly userAgent: string;
  readonly now?: () => number;
}

export interface Post {
  /** Makes exactly one attempt and reports what happened. A body of the answer is not kept. Never throws. */
  post(url: URL, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<Attempt>;
  /** Closes all connections. */
  dispose(): Promise<void>;
}

type Code = DestinationAttempt["code"];
type Verdict = Pick<Attempt, "code" | "message" | "retryAfterMs"> & { readonly status: number | null };

/** Of an answer that is thrown away. */
const MAX_ANSWER = 65_536;
const LONGEST_WAIT_MS = 86_400_000;

/** The client of destinations: each attempt on a connection of its own, so that each looks its host up; no redirects. */
export function createPost({ egress, timeoutMs = 15_000, userAgent, now = Date.now }: PostOptions): Post {
  const agent = new Agent({ connect: egress.connect, pipelining: 0, connections: 32 });

  async function attempt(url: URL, headers: Readonly<Record<string, string>>, body: string, stop: AbortSignal): Promise<Verdict> {
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([late, stop]);
    try {
      const answer = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: "POST",
        headers: { "content-type": "application/json", "accept-encoding": "identity", "user-agent": userAgent, ...headers },
        body,
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      // Its status has decided: one that never ends costs no more than its connection, until time is up.
      void answer.body.dump({ limit: MAX_ANSWER, signal }).catch(() => undefined);
      return judge(answer.statusCode, retryAfterOf(answer.headers["retry-after"], { nowMs: now(), mostMs: LONGEST_WAIT_MS }));
    } catch (error) {
      if (stop.aborted) return failed("cancelled", "This server was stopping");
      if (late.aborted) return failed("timeout", `There was no answer within ${Math.round(timeoutMs / 1000)} s`);
      return judgeError(error);
    }
  }

  return {
    async post(url, headers, body, signal) {
      const at = new Date(now()).toISOString();
      const begun = performance.now();
      const verdict = await attempt(url, headers, body, signal);
      return { at, ...verdict, durationMs: Math.round(performance.now() - begun) };
    },
    dispose: () => agent.destroy(),
  };
}

function judge(status: number, retryAfterMs: number | undefined): Verdict {
  if (status >= 200 && status < 300) return { code: "ok", status, message: `It answered ${status}` };
  if (status === 410) return { code: "gone", status, message: "It answered 410: it wants no more messages" };
  if (status >= 300 && status < 400)
    return { code: "redirect_refused", status, message: `It answered ${status}, a redirect; redirects are not followed` };
  const mayWait = status === 429 || status === 503;
  const wait = mayWait && retryAfterMs !== undefined ? { retryAfterMs } : {};
  return { code: "http_error", status, message: `It answered ${status}`, ...wait };
}

const DNS = /^(?:ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL)$/;
const TLS =
  /^(?:ERR_TLS_\w+|ERR_SSL_\w+|EPROTO|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|HOSTNAME_MISMATCH|\w*_CERT)$/;

function judgeError(error: unknown): Verdict {
  const { code = "", message = "" } = Object(error) as { code?: string; message?: string };
  // Our own words; those of others may name addresses.
  if (code === EGRESS_DENIED) return failed("egress_denied", `Nothing was sent: ${message}`);
  if (code === PROXY_FAILED) return failed("proxy_failed", `Nothing was sent: ${message}`);
  if (DNS.test(code)) return failed("dns_failed", `Its host could not be found (${code})`);
  if (TLS.test(code)) return failed("tls_failed", `No secure connection could be made (${code})`);
  if (code === "UND_ERR_CONNECT_TIMEOUT") return failed("timeout", "No connection was made in time");
  if (code.startsWith("HPE_")) return failed("invalid_response", `Its answer is not HTTP (${code})`);
  return failed("unreachable", `It could not be reached, or hung up (${code || "no reason given"})`);
}

function failed(code: Code, message: string): Verdict {
  return { code, status: null, message };
}

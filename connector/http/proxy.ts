import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { buildConnector } from "undici";
import { createHostList } from "./host-list.ts";

/** What `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. User and password of a proxy are in its address. */
export interface ProxySettings {
  /** For services reached by https, and by http. */
  readonly https?: URL;
  readonly http?: URL;
  /** Hosts that are asked directly, separated by commas or blanks. */
  readonly noProxy?: string;
}

export interface ConnectOptions {
  readonly proxies?: ProxySettings | undefined;
  /** For the connection itself, for the tunnel through a proxy, and for the TLS handshake behind it. 3,000 by default. */
  readonly timeoutMs?: number;
  /** Trust settings for TLS, for a service behind a private certificate authority; else Node's own and `NODE_EXTRA_CA_CERTS`. */
  readonly ca?: string | Buffer;
  /** Finds the addresses of a host that is reached directly; Node's own by default. */
  readonly lookup?: LookupFunction;
}

/** The code of a proxy's refusal: nothing has reached the service behind it. */
export const PROXY_FAILED = "ERR_PROXY";

/**
 * How every client of ours connects: directly, or through a proxy by a tunnel (CONNECT), so that the proxy learns host and port and nothing else.
 * This machine itself is never asked for through a proxy.
 */
export function createConnect({ proxies = {}, timeoutMs = 3_000, ca, lookup }: ConnectOptions = {}): buildConnector.connector {
  const direct = buildConnector({ timeout: timeoutMs, ...(ca !== undefined && { ca }), ...(lookup && { lookup }) });
  const isExempt = createExemptions(proxies.noProxy ?? "");
  return (target, callback) => {
    const port = portOf(target);
    const proxy = target.protocol === "https:" ? proxies.https : proxies.http;
    if (proxy === undefined || isExempt(target.hostname, port)) return direct(target, callback);
    const host = isIP(target.hostname) === 6 ? `[${target.hostname}]` : target.hostname;
    openTunnel(proxy, `${host}:${port}`, timeoutMs, (opened) => {
      if (opened instanceof Error) callback(opened, null);
      else if (target.protocol === "https:") direct({ ...target, httpSocket: opened }, callback);
      else callback(null, opened);
    });
  };
}

/** The port of an address; where it names none, that of its protocol. */
export function portOf({ protocol, port }: { readonly protocol: string; readonly port?: string }): number {
  return Number(port) || (protocol === "https:" ? 443 : 80);
}

/** Is a host asked directly? What `NO_PROXY` lists, and this machine. */
export function createExemptions(noProxy: string): (hostname: string, port: number) => boolean {
  const isListed = createHostList(noProxy);
  const isHere = createHostList("127.0.0.0/8 ::1 localhost");
  return (hostname, port) => isHere(hostname, port) || isListed(hostname, port);
}

function openTunnel(proxy: URL, authority: string, timeoutMs: number, done: (opened: Socket | Error) => void): void {
  const request = (proxy.protocol === "https:" ? requestTls : requestPlain)({
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: portOf(proxy),
    method: "CONNECT",
    path: authority,
    agent: false,
    headers: { host: authority, ...authorizationOf(proxy) },
  });
  const timer = setTimeout(() => request.destroy(new Error("no answer in time")), timeoutMs);
  request.once("connect", ({ statusCode = 0 }, socket) => {
    clearTimeout(timer);
    if (statusCode >= 200 && statusCode < 300) return done(socket as Socket);
    socket.destroy();
    done(proxyFailed(`it answered ${statusCode}`));
  });
  request.once("error", (cause) => {
    clearTimeout(timer);
    done(proxyFailed("code" in cause ? String(cause.code) : cause.message, cause));
  });
  request.end();
}

/** Names neither the proxy's address nor the service's: the first may hold a password. */
function proxyFailed(reason: string, cause?: Error): Error {
  return Object.assign(new Error(`the proxy opened no connection: ${reason}`, { cause }), { code: PROXY_FAILED });
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(text).toString("base64")}` };
}

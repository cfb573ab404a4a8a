import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { BlockList, isIP, type Socket } from "node:net";
import { buildConnector } from "undici";

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
}

/** The code of a proxy's refusal: nothing has reached the service behind it. */
export const PROXY_FAILED = "ERR_PROXY";

/**
 * How every client of ours connects: directly, or through a proxy by a tunnel (CONNECT), so that the proxy learns host and port and nothing else.
 * This machine itself is never asked for through a proxy.
 */
export function createConnect({ proxies = {}, timeoutMs = 3_000, ca }: ConnectOptions = {}): buildConnector.connector {
  const direct = buildConnector({ timeout: timeoutMs, ...(ca !== undefined && { ca }) });
  const isExempt = createExemptions(proxies.noProxy ?? "");
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === "https:" ? 443 : 80);
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

/**
 * Is a host asked directly? As curl and Go have it: `*` is every host, `example.com` and `.example.com` are a domain and all below it,
 * `10.0.0.0/8` is a range, and `host:port` one port.
 */
export function createExemptions(noProxy: string): (hostname: string, port: number) => boolean {
  const entries = noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== "");
  const ranges = new BlockList();
  ranges.addSubnet("127.0.0.0", 8);
  ranges.addAddress("::1", "ipv6");
  for (const entry of entries) addRange(ranges, entry);
  const names = entries.map((entry) => {
    const [, host = "", port] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    return { host, port: port === undefined ? undefined : Number(port) };
  });
  return (hostname, port) => {
    const host = hostname.toLowerCase().replace(/\.$/, "");
    const version = isIP(host);
    if (version !== 0 && ranges.check(host, version === 6 ? "ipv6" : "ipv4")) return true;
    if (host === "localhost" || host.endsWith(".localhost") || entries.includes("*")) return true;
    return names.some((name) => isPort(name.port, port) && (host === name.host || host.endsWith(`.${name.host}`)));
  };
}

function isPort(wanted: number | undefined, port: number): boolean {
  return wanted === undefined || wanted === port;
}

/** An address, or a range such as `10.0.0.0/8`. Anything else is a name. */
function addRange(ranges: BlockList, entry: string): void {
  const [address = "", bits] = entry.split("/", 2);
  const version = isIP(address);
  if (version === 0) return;
  const family = version === 6 ? "ipv6" : "ipv4";
  const most = version === 6 ? 128 : 32;
  if (bits === undefined) ranges.addAddress(address, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= most) ranges.addSubnet(address, Number(bits), family);
}

function openTunnel(proxy: URL, authority: string, timeoutMs: number, done: (opened: Socket | Error) => void): void {
  const request = (proxy.protocol === "https:" ? requestTls : requestPlain)({
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
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

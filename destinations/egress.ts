import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { buildConnector } from "undici";
import { createHostList } from "../connector/http/host-list.ts";
import { createConnect, createExemptions, type ProxySettings, portOf } from "../connector/http/proxy.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { isPublicAddress } from "./public-address.ts";

export interface EgressOptions {
  /** Hosts that may be reached whatever their address is, and by http: written like `NO_PROXY`. A range lets names lead into it, by https. */
  readonly allow?: string;
  readonly proxies?: ProxySettings | undefined;
  /** For connection and TLS handshake, each. 5,000 by default. */
  readonly timeoutMs?: number;
  readonly ca?: string | Buffer;
  /** Node's own by default, which asks the system. */
  readonly lookup?: typeof dnsLookup | LookupFunction;
  readonly isPublic?: (address: string) => boolean;
}

/** Where this server may be sent to by the addresses that its users enter. The one place that decides it. */
export interface Egress {
  /** An address as it is saved: what can be told without asking for the host. @throws ConnectorError `egress_denied`, `input_invalid` */
  toUrl(text: string): URL;
  /** Dials, and refuses with the code {@link EGRESS_DENIED} what is not allowed: the addresses judged are those that the socket is given. */
  readonly connect: buildConnector.connector;
}

export const EGRESS_DENIED = "ERR_EGRESS_DENIED";

/**
 * https and public addresses alone, but for the hosts of `allow`. Through a proxy the proxy finds the address, and must itself refuse private ones; a name
 * that is known here too must not lead to one.
 */
export function createEgress(options: EgressOptions = {}): Egress {
  const { allow = "", proxies = {}, timeoutMs = 5_000, ca, lookup = dnsLookup, isPublic = isPublicAddress } = options;
  const isListed = createHostList(allow);
  const isExempt = createExemptions(proxies.noProxy ?? "");
  const mayDial = (address: string) => isPublic(address) || isListed(address, 0);
  const checked = checkedLookup(lookup as LookupFunction, mayDial);
  const tls = { timeoutMs, proxies, ...(ca !== undefined && { ca }) };
  const open = createConnect({ ...tls, ...(lookup !== dnsLookup && { lookup: lookup as LookupFunction }) });
  const guarded = createConnect({ ...tls, lookup: checked });

  /** What is wrong with a host, before it is looked up: said of its address. */
  function fault(target: Target): string | undefined {
    const { protocol, hostname } = target;
    if (isListed(bare(hostname), portOf(target))) return undefined;
    if (protocol !== "https:") return "must begin with https://";
    if (isIP(bare(hostname)) !== 0 && !mayDial(bare(hostname))) return "is no public address";
    if (PRIVATE_NAME.test(hostname)) return "has a name of a private network";
    return undefined;
  }

  return {
    toUrl(text) {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol)) throw invalid("must be an https address");
      if (url.username !== "" || url.password !== "") throw invalid("must hold no user and no password");
      if (url.hash !== "") throw invalid("must hold no fragment");
      const wrong = fault(url);
      if (wrong !== undefined) throw denied(wrong);
      return url;
    },
    connect(target, callback) {
      const { hostname } = target;
      const wrong = fault(target);
      if (wrong !== undefined) return callback(refusal(`it ${wrong}`), null);
      if (isListed(bare(hostname), portOf(target))) return open(target, callback);
      const isTunnelled = proxies.https !== undefined && !isExempt(bare(hostname), portOf(target));
      if (!isTunnelled || isIP(bare(hostname)) !== 0) return guarded(target, callback);
      checked(bare(hostname), { all: true }, (error) => {
        if (error && codeOf(error) === EGRESS_DENIED) callback(error, null);
        else guarded(target, callback);
      });
    },
  };
}

/** Names that the public Internet has no hosts of (RFC 6761, RFC 6762, and `.internal`). */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal)\.?$/;

interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: string;
}

/** One of the addresses that is not allowed is enough: which one a socket takes is not for us to say. */
function checkedLookup(lookup: LookupFunction, mayDial: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, "", 0);
      const addresses = found as LookupAddress[];
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => mayDial(address)))
        return callback(refusal("its name leads to an address that is not public"), "", 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}

function refusal(why: string): NodeJS.ErrnoException {
  return Object.assign(new Error(why), { code: EGRESS_DENIED });
}

function denied(why: string): ConnectorError {
  const issues = [{ pointer: "/url", keyword: "egress", message: why }];
  return new ConnectorError("egress_denied", `Nothing is sent to this address: it ${why}, unless EGRESS_ALLOW lists its host`, {
    issues,
  });
}

function invalid(message: string): ConnectorError {
  return new ConnectorError("input_invalid", `url ${message}`, { issues: [{ pointer: "/url", keyword: "format", message }] });
}

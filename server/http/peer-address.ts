import { isIP } from "node:net";
import type { Request } from "express";

/**
 * What stands for a caller's address where attempts are counted: an IPv4 address, or the /64 network of an IPv6 address, of which
 * one caller has all. Ports, zones and brackets, which some proxies pass on and callers may choose, are left out.
 */
export function peerAddress(req: Request): string {
  // Whatever else a proxy writes (`unknown`, for instance) counts as the proxy's own address.
  return toPeer(req.ip) ?? toPeer(req.socket.remoteAddress) ?? "unknown";
}

function toPeer(text = ""): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  const withPort = /^([\d.]+):\d+$/.exec(text)?.[1];
  const address = (bracketed ?? withPort ?? text).replace(/%.*$/, "");
  if (isIP(address) === 0) return undefined;
  return isIP(address) === 4 ? address : toNetwork(address);
}

function toNetwork(address: string): string {
  const groups = toGroups(address);
  const [high = 0, low = 0] = groups.slice(6);
  if (groups.slice(0, 6).join() === "0,0,0,0,0,65535") return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The eight groups of an IPv6 address. */
function toGroups(address: string): number[] {
  // URLs spell an address in one way: in hexadecimal groups, the longest run of zeros left out.
  const [head = [], tail = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Everything that is routed on the public Internet lies in it; whatever else IPv6 has is for special purposes, or not assigned. */
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3") as [ipaddr.IPv6, number];
/** Azure's metadata service, on an address that looks public. */
const SPECIAL = new Set(["168.63.129.16"]);

/**
 * Is it an address of the public Internet? Not where it is loopback, private, link-local, of carriers' NAT, multicast, reserved or for documentation,
 * by IANA's registries of special-purpose addresses (ipaddr.js), nor where an IPv4 address is hidden in an IPv6 one (mapped, NAT64, 6to4, Teredo).
 *
 * @param text - an address as a look-up gives it; anything else is not public
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0 || text.includes("%") || SPECIAL.has(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || (address as ipaddr.IPv6).match(GLOBAL_IPV6);
}

import { BlockList, isIP } from "node:net";

/**
 * Is a host in a list of hosts, separated by commas or blanks? As curl and Go read `NO_PROXY`: `*` is every host, `example.com` and `.example.com` are a
 * domain and all below it, `10.0.0.0/8` is a range of addresses, and `host:port` one port.
 */
export function createHostList(text: string): (hostname: string, port: number) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== "");
  const ranges = new BlockList();
  for (const entry of entries) addRange(ranges, entry);
  const names = entries.map((entry) => {
    const [, host = "", port] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    return { host, port: port === undefined ? undefined : Number(port) };
  });
  return (hostname, port) => {
    const host = hostname.toLowerCase().replace(/\.$/, "");
    const version = isIP(host);
    if (version !== 0 && ranges.check(host, version === 6 ? "ipv6" : "ipv4")) return true;
    if (entries.includes("*")) return true;
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

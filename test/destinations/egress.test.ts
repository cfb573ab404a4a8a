import { createServer as createTls } from "node:https";
import { type AddressInfo, createServer, type LookupFunction, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createEgress, EGRESS_DENIED, type EgressOptions } from "../../destinations/egress.ts";
import { createPost } from "../../destinations/post.ts";
import { isPublicAddress } from "../../destinations/public-address.ts";
import { type ConnectProxy, connectProxy } from "../support/connect-proxy.ts";
import { PRIVATE_CA } from "../support/private-ca.ts";

describe("isPublicAddress", () => {
  it.each([
    "8.8.8.8",
    "1.1.1.1",
    "93.184.215.14",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
  ])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ...["0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    ...["169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.192", "192.0.2.1"],
    ...["192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255"],
    ...["240.0.0.1", "255.255.255.255", "168.63.129.16"],
    ...["::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "::127.0.0.1", "::ffff:0:127.0.0.1"],
    ...["64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:53aa:64c::1"],
    ...["fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "2001:db8::1"],
    ...["2001:2::1", "2001:10::1", "2001:20::1", "3fff::1", "5f00::1", "4000::1", "1::1"],
    ...["", "localhost", "0177.0.0.1", "2130706433", "0x7f.1", "127.1", "1.2.3", "8.8.8.8:80", "[::1]", "8.8.8.8 "],
  ])("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

/** Each leads to this machine, a private network or a metadata service, or could be taken for something else. */
const HOSTILE = [
  ...[
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "data:,x",
  ],
  ...[
    "//example.com/",
    "/hooks",
    "example.com",
    "",
    " ",
    "https://",
    "https:///",
    "https://:443/",
    "https://[::1",
    "https://exa mple.com/",
  ],
  ...[
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
  ],
  ...[
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://0/",
    "https://0.0.0.0/",
    "https://127.000.000.001/",
  ],
  ...[
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%2f@8.8.8.8/",
  ],
  ...["https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"],
  ...[
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
  ],
  ...[
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[2001:0:53aa::1]/",
  ],
  ...["https://169.254.169.254/latest/meta-data/", "https://0xa9fea9fe/", "https://2852039166/", "https://0251.0376.0251.0376/"],
  ...[
    "https://10.0.0.1/",
    "https://172.16.5.4/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
  ],
  ...[
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
  ],
  ...[
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://8.8.8.8@127.0.0.1/",
    "https://:x@example.com/",
    "https://example.com/#x",
  ],
  ...[
    "https:\\\\127.0.0.1\\",
    "https:/127.0.0.1/",
    "https:127.0.0.1",
    "https://\t127.0.0.1/",
    "ht\ntps://127.0.0.1/",
    " https://127.0.0.1/ ",
  ],
  ...[
    "https://127.0.0.1:443/",
    "https://127.0.0.1:8080/",
    "https://0x7f.1:8443/",
    "https://[::ffff:10.0.0.1]:443/",
    "https://255.255.255.255/",
  ],
];

describe("an address that somebody enters", () => {
  const egress = createEgress();

  it.each(HOSTILE)("is refused: %j", (text) => {
    let told: unknown;
    try {
      told = egress.toUrl(text).href;
    } catch (error) {
      told = error;
    }
    expect(told).toMatchObject({ code: expect.stringMatching(/^(?:egress_denied|input_invalid)$/) });
  });

  it("is as many as they should be", () => expect(HOSTILE.length).toBeGreaterThan(75));

  it.each([
    "https://example.com",
    "https://example.com:8443/hooks?x=1",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://bücher.example/x",
  ])("is taken: %s", (text) => {
    expect(egress.toUrl(text)).toBeInstanceOf(URL);
  });

  it("is taken where EGRESS_ALLOW lists its host, by http too, and nothing else is", () => {
    const { toUrl } = createEgress({ allow: "127.0.0.1:3001, hooks.internal 10.1.0.0/16 .corp.example" });
    for (const text of [
      "http://127.0.0.1:3001/inbox",
      "http://hooks.internal/",
      "https://hooks.internal:8443/",
      "http://10.1.2.3/",
      "http://a.corp.example/",
    ])
      expect(toUrl(text).href).toBe(text);
    for (const text of ["http://127.0.0.1:3002/", "https://10.2.0.1/", "http://xhooks.internal/", "http://corp.example.org/"])
      expect(() => toUrl(text)).toThrow(/public|https/);
  });
});

describe("a connection", () => {
  let opened: string[];
  let plain: Server;
  let secure: ReturnType<typeof createTls>;
  let proxy: ConnectProxy;
  const sockets = new Set<Socket>();
  const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
  /** Here 127.0.0.2 plays the public Internet. */
  const isPublic = (address: string) => address === "127.0.0.2";

  beforeAll(async () => {
    plain = createServer((socket) => {
      sockets.add(socket);
      opened.push(`plain ${socket.localAddress}`);
      socket.destroy();
    });
    secure = createTls(PRIVATE_CA, (request, response) => {
      response.setHeader("location", "https://127.0.0.1/elsewhere");
      response.writeHead(request.url === "/redirect" ? 302 : 200).end();
    });
    secure.on("connection", (socket) => void opened.push(`secure ${(socket as Socket).localAddress}`));
    await Promise.all([plain, secure].map((server) => new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve))));
    proxy = await connectProxy(() => port(secure));
  });
  afterAll(async () => {
    secure.closeAllConnections();
    await Promise.all([plain, secure].map((server) => new Promise((resolve) => server.close(resolve))));
    await proxy.close();
  });
  beforeEach(() => {
    opened = [];
    proxy.asked.length = 0;
  });

  /** Answers these addresses, look-up by look-up; the last one again and again. */
  function answering(...answers: string[][]) {
    const asked: string[] = [];
    const lookup: LookupFunction = (hostname, _options, callback) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] as string[];
      asked.push(hostname);
      const found = answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      if (found.length > 0) callback(null, found);
      else callback(Object.assign(new Error("not found"), { code: "ENOTFOUND" }), []);
    };
    return { asked, lookup };
  }

  function post(url: string, options: EgressOptions = {}) {
    const egress = createEgress({ ca: PRIVATE_CA.cert, isPublic, timeoutMs: 2_000, ...options });
    const client = createPost({ egress, userAgent: "test", timeoutMs: 4_000 });
    return client
      .post(new URL(url.replace(":port", `:${port(secure)}`)), {}, "{}", new AbortController().signal)
      .finally(() => client.dispose());
  }

  it("reaches a public address", async () => {
    const { lookup } = answering(["127.0.0.2"]);
    expect(await post("https://hooks.lever.test:port/", { lookup })).toMatchObject({ code: "ok", status: 200 });
    expect(opened).toEqual(["secure 127.0.0.2"]);
  });

  it("opens no socket where the name leads to a private address", async () => {
    for (const addresses of [
      ["127.0.0.1"],
      ["10.0.0.1"],
      ["::1"],
      ["::ffff:127.0.0.2"],
      ["127.0.0.2", "127.0.0.1"],
      ["127.0.0.1", "127.0.0.2"],
    ]) {
      const { lookup } = answering(addresses);
      expect(await post("https://hooks.lever.test:port/", { lookup })).toMatchObject({ code: "egress_denied", status: null });
    }
    expect(opened).toEqual([]);
  });

  it("judges the address that it dials: a name that answers a public one first and a private one then gets nowhere", async () => {
    const { asked, lookup } = answering(["127.0.0.2"], ["127.0.0.1"]);
    expect(await post("https://hooks.lever.test:port/", { lookup })).toMatchObject({ code: "ok" });
    // Asked once for each connection: what was judged is what was dialled.
    expect(asked).toEqual(["hooks.lever.test"]);
    expect(await post("https://hooks.lever.test:port/", { lookup })).toMatchObject({ code: "egress_denied" });
    expect(asked).toHaveLength(2);
    expect(opened).toEqual(["secure 127.0.0.2"]);
  });

  it("refuses what has come into the store past the door: plain http, and private addresses as they are", async () => {
    const egress = createEgress({ isPublic });
    for (const [protocol, hostname] of [
      ["http:", "hooks.lever.test"],
      ["http:", "127.0.0.2"],
      ["https:", "127.0.0.1"],
      ["https:", "::1"],
      ["https:", "[::1]"],
    ] as const) {
      const error = await new Promise<Error | null>((resolve) =>
        egress.connect({ protocol, hostname, host: hostname, port: String(port(plain)) }, (...[failure]) => resolve(failure)),
      );
      expect(error).toMatchObject({ code: EGRESS_DENIED });
    }
    expect(opened).toEqual([]);
  });

  it("follows no redirect", async () => {
    const { lookup } = answering(["127.0.0.2"]);
    expect(await post("https://hooks.lever.test:port/redirect", { lookup })).toMatchObject({
      code: "redirect_refused",
      status: 302,
    });
    expect(opened).toEqual(["secure 127.0.0.2"]);
  });

  it("trusts no certificate of another name or authority", async () => {
    const { lookup } = answering(["127.0.0.2"]);
    expect(await post("https://elsewhere.example:port/", { lookup })).toMatchObject({ code: "tls_failed" });
    const egress = createEgress({ isPublic, lookup });
    const client = createPost({ egress, userAgent: "test" });
    const url = new URL(`https://hooks.lever.test:${port(secure)}/`);
    expect(await client.post(url, {}, "{}", new AbortController().signal)).toMatchObject({ code: "tls_failed" });
    await client.dispose();
  });

  it("tells a name that does not exist from a port that nobody listens on", async () => {
    expect(await post("https://hooks.lever.test:port/", answering([]))).toMatchObject({ code: "dns_failed" });
    expect(await post("https://hooks.lever.test:1/", answering(["127.0.0.2"]))).toMatchObject({ code: "unreachable" });
  });

  it("leads through a proxy by name, unless the name is known here to be private", async () => {
    const proxies = { https: new URL(`http://127.0.0.1:${proxy.port}`) };
    expect(await post("https://hooks.lever.test/", { proxies, ...answering([]) })).toMatchObject({ code: "ok" });
    expect(await post("https://hooks.lever.test/", { proxies, ...answering(["127.0.0.2"]) })).toMatchObject({ code: "ok" });
    expect(proxy.asked.map(({ to }) => to)).toEqual(["hooks.lever.test:443", "hooks.lever.test:443"]);
    expect(await post("https://hooks.lever.test/", { proxies, ...answering(["10.0.0.1"]) })).toMatchObject({
      code: "egress_denied",
    });
    expect(await post("https://10.0.0.1/", { proxies })).toMatchObject({ code: "egress_denied" });
    expect(proxy.asked).toHaveLength(2);
  });

  it("leads into a range of EGRESS_ALLOW by https, and to a listed host by http", async () => {
    const range = { allow: "127.0.0.0/8", ...answering(["127.0.0.1"]) };
    expect(await post("https://hooks.lever.test:port/", range)).toMatchObject({ code: "ok" });
    expect(await post(`http://hooks.lever.test:${port(plain)}/`, range)).toMatchObject({ code: "egress_denied" });
    expect(opened).toEqual(["secure 127.0.0.1"]);
    const host = { allow: "hooks.lever.test", ...answering(["127.0.0.1"]) };
    expect(await post(`http://hooks.lever.test:${port(plain)}/`, host)).toMatchObject({ code: "unreachable" });
    expect(opened).toEqual(["secure 127.0.0.1", "plain 127.0.0.1"]);
  });
});

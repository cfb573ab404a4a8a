import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Configuration, Provider } from "oidc-provider";
import { freePort } from "./free-port.ts";

export interface TestProvider {
  readonly issuer: string;
  /** Claims by subject; may be changed meanwhile. */
  readonly people: Record<string, Record<string, unknown>>;
  /** Signs in there as this subject, as a browser of its own does; answers the address that it is sent back to. */
  signIn(authorize: string, subject: string): Promise<string>;
  /** Presses Cancel there. */
  cancel(authorize: string): Promise<string>;
  close(): Promise<void>;
}

export interface ProviderOptions {
  readonly redirectUri: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authentication: "client_secret_basic" | "client_secret_post";
  /** Given, it starts where an earlier one was. */
  readonly port?: number;
}

/** An OpenID Connect provider that other people wrote (certified, too), on this machine. */
export async function startOidcProvider(options: ProviderOptions): Promise<TestProvider> {
  const port = options.port ?? (await freePort());
  const issuer = `http://127.0.0.1:${port}`;
  const people: TestProvider["people"] = {};
  const provider = await makeProvider(issuer, {
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: [options.redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: options.authentication,
      },
    ],
    clientAuthMethods: [options.authentication],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["a key of the tests"] },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    findAccount: (_ctx, sub) => (people[sub] ? { accountId: sub, claims: () => ({ sub, ...people[sub] }) } : undefined),
  });
  const server = createServer(provider.callback());
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: listening } = server.address() as AddressInfo;
  if (listening !== port) throw new Error("the provider listens elsewhere");

  return {
    issuer,
    people,
    async signIn(authorize, subject) {
      const browser = createBrowser(issuer);
      let { location, text } = await browser("GET", authorize);
      for (let step = 0; step < 10; step++) {
        if (location && !location.startsWith(issuer)) return location;
        if (location) ({ location, text } = await browser("GET", location));
        else {
          const [, action = ""] = /action="([^"]+)"/.exec(text) ?? [];
          const prompt = text.includes('value="login"')
            ? { prompt: "login", login: subject, password: "x" }
            : { prompt: "consent" };
          ({ location, text } = await browser("POST", action, new URLSearchParams(prompt)));
        }
      }
      throw new Error("the provider asks without end");
    },
    async cancel(authorize) {
      const browser = createBrowser(issuer);
      const page = await browser("GET", (await browser("GET", authorize)).location ?? "");
      const [, abort = ""] = /href="([^"]+\/abort)"/.exec(page.text) ?? [];
      const { location = "" } = await browser("GET", abort);
      return (await browser("GET", location)).location ?? "";
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** It warns of everything that only tests do, line by line. */
async function makeProvider(issuer: string, configuration: Configuration): Promise<Provider> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return new (await import("oidc-provider")).Provider(issuer, configuration);
  } finally {
    console.warn = warn;
  }
}

/** Keeps cookies and follows nothing by itself; addresses may be relative to the issuer. */
function createBrowser(issuer: string) {
  const cookies = new Map<string, string>();
  return async (method: string, url: string, body?: URLSearchParams) => {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const answer = await fetch(new URL(url, issuer), { method, redirect: "manual", headers: { cookie }, ...(body && { body }) });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get("location");
    return { location: location === null ? undefined : new URL(location, issuer).href, text: await answer.text() };
  };
}

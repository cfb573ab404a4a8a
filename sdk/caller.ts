/** A session of a browser: the cookie is sent by the browser itself, to its own origin alone. */
export interface BrowserSession {
  /** What every change must carry, as the session's own answer (`GET /session`) says; asked for each of them. */
  csrfToken(): string | undefined;
}

/** How a call proves who makes it: by exactly one of these. */
export type Caller =
  | {
      /** An API key of the server (`lc_…`). It is sent with every call: keep it out of browsers. */
      readonly apiKey: string | undefined;
      readonly token?: undefined;
      readonly session?: undefined;
    }
  | {
      /** Any other token that the server takes as a bearer's. It is sent with every call: keep it out of browsers. */
      readonly token: string | undefined;
      readonly apiKey?: undefined;
      readonly session?: undefined;
    }
  | {
      /** For pages that the server itself sends, such as its dashboard. */
      readonly session: BrowserSession;
      readonly apiKey?: undefined;
      readonly token?: undefined;
    };

/** What a call carries to prove it. */
export type Proof = (method: string) => Pick<RequestInit, "credentials"> & { readonly headers: Readonly<Record<string, string>> };

/** @throws TypeError where nothing could be proved */
export function createProof({ apiKey, token, session }: Caller): Proof {
  if ([apiKey, token, session].filter((given) => given !== undefined).length > 1)
    throw new TypeError("one of apiKey, token and session is needed, not several");
  if (session) return (method) => ({ credentials: "same-origin", headers: method === "GET" ? {} : toCsrf(session.csrfToken()) });
  const name = token === undefined ? "apiKey" : "token";
  const secret = token ?? apiKey;
  if (!secret)
    throw new TypeError(`${name} is needed: ${name === "apiKey" ? "an API key of the server, such as lc_…" : "it is empty"}`);
  // Refused here: `fetch` would put the secret into its own message.
  if (!/^[!-~]+$/.test(secret)) throw new TypeError(`${name} must be visible ASCII characters, without blanks and line breaks`);
  return () => ({ headers: { authorization: `Bearer ${secret}` } });
}

function toCsrf(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { "x-csrf-token": token };
}

import { createHash } from "node:crypto";
import { reveal } from "../../sealing/secret.ts";
import type { Called, TestServer } from "./start.ts";

export interface SignedIn {
  readonly cookie: string;
  readonly setCookie: string;
  readonly csrf: string;
  /** Id of the session's document in the store. */
  readonly storedId: string;
  /** A call of a page of this session: with its cookie and its token. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Called>;
}

/** Signs in by access link, as a browser does. */
export async function signIn(server: TestServer): Promise<SignedIn> {
  const token = reveal(await server.services.accessLinks.create());
  const answer = await server.call("POST", "/access", {
    body: new URLSearchParams({ token }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  if (answer.status !== 303) throw new Error(`the sign-in was answered ${answer.status}`);
  return sessionOf(server, answer);
}

/** The session that an answer has put into the browser. */
export async function sessionOf(server: TestServer, answer: Called): Promise<SignedIn> {
  const setCookie = answer.headers.get("set-cookie") ?? "";
  const cookie = setCookie.split(";")[0] ?? "";
  const csrf = String((await server.call("GET", "/session", { headers: { cookie } })).body.csrfToken);
  return {
    cookie,
    setCookie,
    csrf,
    storedId: createHash("sha256")
      .update(decodeURIComponent(cookie).replace(/^[^=]*=s:|\.[^.]*$/g, ""))
      .digest("hex"),
    call: (method, path, body, headers = {}) =>
      server.call(method, path, { body, headers: { cookie, "x-csrf-token": csrf, ...headers } }),
  };
}

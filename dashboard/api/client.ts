import { createClient } from "../../sdk/index.ts";
import { BASE_PATH } from "../base-path.ts";
import { sessionUse } from "./this-session.ts";

/** What every change must carry; kept by `api/session.ts`. */
let csrfToken: string | undefined;

export function rememberCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** Where this page's server is. */
const url = `${window.location.origin}${BASE_PATH}`;

/** Routes of this server by their names, in the session of this page. */
export const { call, stream } = createClient({
  url,
  session: { csrfToken: () => csrfToken },
  // What may be kept is asked for again all the same; the server says whether it has changed.
  cache: "no-cache",
  onAnswer: ({ headers }) => sessionUse.note(headers.get("date")),
});

/** Can the server do its work? Asking is no use of the session. */
export async function isReady(signal: AbortSignal): Promise<boolean> {
  const asker = createClient({ url, session: { csrfToken: () => undefined }, cache: "no-store" });
  return asker.call("GET /readyz", { signal }).then(
    () => true,
    () => false, // not there yet, whatever the reason
  );
}

import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Session as Told } from "../../schemas/types/index.ts";
import { includesScope } from "../../text/scopes.ts";
import { BASE_PATH } from "../base-path.ts";
import { call, rememberCsrfToken } from "./client.ts";
import { sessionUse } from "./this-session.ts";

export type SignedIn = Extract<Told, { readonly signedIn: true }>;

export interface SignedOut extends Extract<Told, { readonly signedIn: false }> {
  /** Somebody was signed in here until now. */
  readonly ended?: boolean;
}

export type Session = SignedIn | SignedOut;

const KEY = ["session"] as const;
const ASK_AGAIN_MS = 10_000;

export const sessionQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal, client }) => follow(client, await call("GET /session", { signal })),
  staleTime: 60_000,
  // A sign-in in another tab, perhaps by a link in a mail, signs this one in as well.
  refetchInterval: ({ state }) => (state.data?.signedIn === false ? ASK_AGAIN_MS : false),
  refetchOnWindowFocus: ({ state }) => (state.data?.signedIn === false ? "always" : true),
});

export function useSession() {
  return useQuery(sessionQuery);
}

/** For pages, which exist only for signed-in people. */
export function useSignedIn(): SignedIn {
  const { data } = useSession();
  if (!data?.signedIn) throw new Error("this page needs a session");
  return data;
}

/** May this person do what needs a scope? The server decides; the page offers only what it would not refuse. */
export function useMay(scope: SignedIn["scopes"][number]): boolean {
  return useSignedIn().scopes.some((own) => own === "admin" || includesScope(own, scope));
}

export function useSwitchProject() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (project: string) => call("POST /session/project", { body: { project } }),
    onSuccess: (session) => {
      queries.setQueryData(KEY, follow(queries, session));
      sessionUse.changed();
    },
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => call("POST /sign-out"),
    // The page is reloaded: all that it knew goes with it.
    onSuccess: () => {
      sessionUse.changed();
      window.location.assign(`${BASE_PATH}/`);
    },
  });
}

/** Everything on the pages belongs to a project: of another one, nothing is remembered. */
function follow(queries: QueryClient, session: Told): Session {
  const before = queries.getQueryData<Session>(KEY);
  rememberCsrfToken(session.signedIn ? session.csrfToken : undefined);
  if (!session.signedIn) return { ...session, ended: before !== undefined && (before.signedIn || before.ended === true) };
  if (before?.signedIn && before.project.id !== session.project.id)
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
  return session;
}

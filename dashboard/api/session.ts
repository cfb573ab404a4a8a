import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, rememberCsrfToken } from "./client.ts";

export interface SignedOut {
  readonly signedIn: false;
  readonly oidc: { readonly title: string; readonly url: string } | null;
}

export interface ProjectRef {
  readonly id: string;
  readonly name: string;
}

export interface SignedIn {
  readonly signedIn: true;
  readonly csrfToken: string;
  readonly person: { readonly id: string; readonly name: string | null; readonly email: string | null };
  readonly project: ProjectRef;
  readonly projects: readonly (ProjectRef & { readonly createdAt: string })[];
  readonly oidc: SignedOut["oidc"];
  readonly playground: { readonly url: string } | null;
  readonly publicUrl: string;
  readonly version: string;
  readonly expiresAt: string;
  readonly endsAt: string;
}

export type Session = SignedIn | SignedOut;

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => remember(await call<Session>("GET", "/session", { signal })),
  staleTime: 60_000,
  refetchOnWindowFocus: true,
});

export function useSession() {
  return useQuery(sessionQuery);
}

/** For pages, which exist only for whoever is signed in. */
export function useSignedIn(): SignedIn {
  const { data } = useSession();
  if (!data?.signedIn) throw new Error("this page needs a session");
  return data;
}

/** Everything on the pages belongs to a project: all of it is read anew. */
export function useSwitchProject() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (project: string) => call<Session>("POST", "/session/project", { body: { project } }),
    onSuccess: (session) => {
      queries.setQueryData(sessionQuery.queryKey, remember(session));
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    },
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => call<void>("POST", "/sign-out"),
    // The page is loaded anew: whatever it knew goes with it.
    onSuccess: () => window.location.assign("/"),
  });
}

function remember(session: Session): Session {
  rememberCsrfToken(session.signedIn ? session.csrfToken : undefined);
  return session;
}

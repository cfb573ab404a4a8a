import { useInfiniteQuery } from "@tanstack/react-query";
import { apiKeysQuery } from "../api/api-keys.ts";
import { useSignedIn } from "../api/session.ts";

/** Who did something, as records name them (`session:owner`, `api_key:key_…`), in words. */
export function Actor({ of }: { of: string }) {
  const { person } = useSignedIn();
  const [kind, id] = split(of);
  const keys = useInfiniteQuery({ ...apiKeysQuery, enabled: kind === "api_key" }).data?.pages.flatMap((page) => page.data);
  if (kind === "api_key") return `API key ${keys?.find((key) => key.id === id)?.name ?? id}`;
  if (kind === "run") return `run ${id}`;
  const known = WORDS[of];
  if (known !== undefined || kind !== "session") return known ?? of;
  return id === person.id ? `${person.name ?? person.email ?? id} (you)` : id;
}

const WORDS: Readonly<Record<string, string>> = {
  "session:owner": "the holder of the access link",
  cli: "the command line",
  system: "this server",
  admin_token: "the admin token",
};

function split(actor: string): readonly [kind: string, id: string] {
  const at = actor.indexOf(":");
  return at === -1 ? [actor, ""] : [actor.slice(0, at), actor.slice(at + 1)];
}

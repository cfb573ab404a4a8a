import type { Connector } from "../api/connector.ts";

/** What an environment is, for the choice of one. */
export function environmentWords(
  name: string,
  { environments }: Pick<Connector, "environments">,
): { title: string; text: string } {
  const environment = environments[name];
  if (environment === undefined) return { title: name, text: "This server no longer knows this environment." };
  return {
    title: environment.title,
    text: environment.description ?? `Set up for this installation. Calls go to ${hostOf(environment.api)}.`,
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** The playground first: it is there to begin with, and nothing can go wrong in it. */
export function environmentNames({ environments }: Pick<Connector, "environments">): string[] {
  return Object.keys(environments).sort((a, b) => rank(a) - rank(b));
}

function rank(name: string): number {
  const known = ["playground", "production", "sandbox"].indexOf(name);
  return known === -1 ? 3 : known;
}

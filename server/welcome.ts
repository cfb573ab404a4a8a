import { reveal, type Secret } from "../sealing/secret.ts";
import { accessUrl } from "./routes/access-links.ts";

export interface Welcome {
  readonly publicUrl: string;
  /** Where the store is, in words. */
  readonly data: string;
  readonly keyFile?: string | undefined;
  /** Names of the environment variables that the server was started with. */
  readonly variables: readonly string[];
  /** Absent when the playground is off. `service`: what it stands in for. */
  readonly playground?: { readonly url: string; readonly service: string } | undefined;
  readonly signIn: SignInWay;
}

/** How people get into the dashboard. */
export type SignInWay =
  /** By the link that was just created. */
  | { readonly kind: "link"; readonly token: Secret }
  /** By a link that the command creates. `worksUntil`: there is an unused one already. */
  | { readonly kind: "command"; readonly worksUntil?: string | undefined }
  /** At the OpenID Connect provider. */
  | { readonly kind: "provider"; readonly title: string };

const COMMAND = "npx lever-connector access-link";

/** What a person who has just started the server reads: where everything is, and what to do next. */
export function welcomeText({ publicUrl, data, keyFile, variables, playground, signIn }: Welcome): string {
  const rows = [
    ["Dashboard", publicUrl],
    ["Sign in", signInText(publicUrl, signIn)],
    ["API", `${publicUrl}/api/v1`],
    ...(playground
      ? [["Playground", `${playground.url}  (a stand-in for ${playground.service} on this machine; its API key: playground)`]]
      : []),
    ["Data", data],
    ...(keyFile
      ? [["Encryption keys", `${keyFile}  (keep a copy elsewhere: without it saved credentials cannot be opened)`]]
      : []),
  ];
  const link = signIn.kind === "link" ? "the sign-in link above" : `${publicUrl}, signed in`;
  return `
lever-connector is running.

${rows.map(([name, value]) => `  ${name?.padEnd(15)} ${value}`).join("\n")}

Next: open ${link}, add a credential${playground ? " (environment: playground)" : ""}, test it, and run an operation.
Programs use the API with a key, created in the dashboard's settings, or in another terminal${sameVariables(variables)}:

  npx lever-connector api-keys create --name first --scope admin

Stop with Ctrl-C.

`;
}

function signInText(publicUrl: string, way: SignInWay): string {
  if (way.kind === "link") return `${accessUrl(publicUrl, reveal(way.token))}  (works once, for 24 hours)`;
  if (way.kind === "provider") return `at ${way.title}, by the button on the dashboard`;
  if (way.worksUntil === undefined) return `with a new link: ${COMMAND}`;
  return `with the link created earlier, until ${way.worksUntil}, or with a new one: ${COMMAND}`;
}

/** Without them the command line would work on another store than this server. */
function sameVariables(names: readonly string[]): string {
  return names.length === 0 ? "" : `, with ${names.join(", ")} set as here`;
}

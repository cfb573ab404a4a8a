import { reveal, type Secret } from "../credentials/secret.ts";
import { accessUrl } from "./routes/access-links.ts";

export interface Welcome {
  readonly publicUrl: string;
  /** Where the store is, in words. */
  readonly data: string;
  readonly keyFile?: string | undefined;
  /** Names of the environment variables that the server was started with. */
  readonly variables: readonly string[];
  /** Absent when the playground is off. */
  readonly playgroundUrl?: string | undefined;
  /** Until somebody has signed in. */
  readonly accessToken?: Secret | undefined;
}

/** What a person who has just started the server reads: where everything is, and what to do next. */
export function welcomeText({ publicUrl, data, keyFile, variables, playgroundUrl, accessToken }: Welcome): string {
  const rows = [
    ["Dashboard", publicUrl],
    [
      "Sign in",
      accessToken
        ? `${accessUrl(publicUrl, reveal(accessToken))}  (works once)`
        : "with a new link: npx lever-connector access-link",
    ],
    ["API", `${publicUrl}/api/v1`],
    ...(playgroundUrl ? [["Playground", `${playgroundUrl}  (a Lever on this machine; its API key: playground)`]] : []),
    ["Data", data],
    ...(keyFile ? [["Sealing keys", `${keyFile}  (keep a copy elsewhere: without it saved credentials cannot be opened)`]] : []),
  ];
  const link = accessToken ? "the sign-in link above" : `${publicUrl}, signed in`;
  return `
lever-connector is running.

${rows.map(([name, value]) => `  ${name?.padEnd(13)} ${value}`).join("\n")}

Next: open ${link}, add a credential${playgroundUrl ? " (environment: playground)" : ""}, test it, and run an operation.
Programs use the API with a key, made in the dashboard's settings, or in another terminal${sameVariables(variables)}:

  npx lever-connector api-keys create --name first --scope admin

Stop with Ctrl-C.

`;
}

/** Without them the command line would work on another store than this server. */
function sameVariables(names: readonly string[]): string {
  return names.length === 0 ? "" : `, with ${names.join(", ")} set as here`;
}

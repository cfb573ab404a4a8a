// Every client of the server asks its service once, and prints how that ended: a process of its own, since Node reads NODE_EXTRA_CA_CERTS at its start.
// Arguments: host of the token endpoint and of the sign-in provider.

import { pino } from "pino";
import { readConfig } from "../../app/config.ts";
import { openServices } from "../../app/services.ts";
import { Secret } from "../../sealing/secret.ts";
import { createOidcSignIn } from "../../server/auth/oidc.ts";
import { accessTo } from "../support/access.ts";

const [tokenHost = "", providerHost = ""] = process.argv.slice(2);
const logged: string[] = [];
const log = pino({ level: "trace" }, { write: (line: string) => void logged.push(line) });
const services = await openServices(readConfig(process.env), { log });
const { id } = await services.credentials.create(accessTo("default"), {
  nickname: "here",
  environment: "here",
  auth: { type: "api_key", apiKey: new Secret("key") },
});
const environment = services.connectors.builtIn.environment("here");
const ended = (work: Promise<unknown>) =>
  work.then(
    () => "ok",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}: ${String(error.cause)}`,
  );

const outcomes = {
  api: await ended(
    services.runtime.execute({
      access: accessTo("default"),
      operation: "list_stages",
      credential: id,
      input: {},
      timeoutMs: 2_000,
    }),
  ),
  token: await ended(
    services.tokens.exchangeCode({
      environment: { ...environment, token: `https://${tokenHost}/oauth/token` },
      app: {
        connector: "lever",
        environment: "here",
        clientId: "c",
        clientSecret: new Secret("s"),
        scopes: [],
        source: "settings",
      },
      code: "code",
      redirectUri: "https://here.example/callback",
      verifier: new Secret("v"),
    }),
  ),
  oidc: await ended(
    createOidcSignIn({
      issuer: `https://${providerHost}`,
      clientId: "c",
      clientSecret: new Secret("s"),
      allow: [],
      title: "Provider",
      callbackUrl: "https://here.example/sign-in/oidc/callback",
      fetch: services.fetch,
    }).begin(() => "v".repeat(43)),
  ),
  fetch: await ended(services.fetch(`https://${providerHost}/healthz`)),
};
await services.dispose();
process.stdout.write(JSON.stringify({ outcomes, logged }));

import { join, resolve } from "node:path";
import { packageRoot } from "../connector/package-root.ts";
import { readJsonFile } from "../connector/read-json-file.ts";
import type { Manifest } from "../connector/types.ts";
import { compileSchema } from "../connector/validator.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { Secret } from "../sealing/secret.ts";
import { describeOAuthVariables, OAUTH_VARIABLE, type OAuthVariables } from "./oauth-variables.ts";

/** Everything this program can be told from outside, read once at start-up. Secrets are already closed. */
export interface Config {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Where browsers and services reach this server; no slash at the end. Absent: see `publicUrlOf`. */
  readonly publicUrl?: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly mongodbUri?: Secret;
  readonly credentialsKeys?: Secret;
  readonly credentialsKeyFile?: string;
  readonly adminToken?: Secret;
  /** Variables that may name OAuth apps of the connectors: which of them do, only their manifests tell. */
  readonly oauthVariables: OAuthVariables;
  /** Sign-in of people at an OpenID Connect provider, beside the access link. */
  readonly oidc?: ConfiguredOidc;
  readonly playground: boolean;
  readonly playgroundPort: number;
  readonly environmentsFile?: string;
  /** Folder of further connectors. Absolute. */
  readonly connectorsDir?: string;
  /** Proxies between this machine and the services that it calls; their addresses may hold a password. */
  readonly proxies?: ConfiguredProxies;
  /** Hosts that messages may be sent to whatever their address is. */
  readonly egressAllow?: string;
  readonly logLevel: LogLevel;
  /** Of the reads that succeed one in this many is logged at `info`. */
  readonly logReadSample: number;
  /** How many reverse proxies stand in front (their `X-Forwarded-*` headers are believed). */
  readonly trustProxy: number;
  /** How long a connection without a request is kept open. */
  readonly keepAliveSeconds: number;
}

export interface ConfiguredProxies {
  readonly https?: Secret;
  readonly http?: Secret;
  readonly noProxy?: string;
}

export interface ConfiguredOidc {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Lower case; e-mail addresses, or `@domain` for all of one. */
  readonly allow: readonly string[];
  readonly title: string;
}

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** Variables as they come in; `describeConfig` prints this table. */
const VARIABLES = {
  HOST: { type: "string", default: "127.0.0.1", description: "Address to listen on; 0.0.0.0 for all." },
  PORT: { type: "integer", minimum: 0, maximum: 65535, default: 3000, description: "Port to listen on; 0 takes a free one." },
  PUBLIC_URL: {
    type: "string",
    description:
      "Where browsers and services reach this server, for example https://connector.example.com, or https://example.com/connector below a path. OAuth redirects go there. Default: http://127.0.0.1:PORT.",
  },
  DATA_DIR: { type: "string", default: "./data", description: "Folder of the embedded store and of the key file." },
  MONGODB_URI: { type: "string", description: "Use this MongoDB instead of the embedded store." },
  CREDENTIALS_KEYS: {
    type: "string",
    description:
      "Keys that encrypt credentials: kid:base64,kid2:base64 with 32 bytes each; the first encrypts, the others still decrypt.",
  },
  CREDENTIALS_KEY_FILE: {
    type: "string",
    description:
      "File with such keys, one a line. Default: the file keys in DATA_DIR, created at first start (with MONGODB_URI a key must be given).",
  },
  ADMIN_TOKEN: {
    type: "string",
    description: "Bearer token with full rights on the default project; 16 or more visible ASCII characters.",
  },
  CONNECTORS_DIR: {
    type: "string",
    description:
      "Folder of further connectors, each in a folder of its own with manifest.json and schemas/. Their OAuth apps are set like those of the built-in one, by variables that begin with the connector's id.",
  },
  OIDC_ISSUER: {
    type: "string",
    description: "Let people sign in to the dashboard at this OpenID Connect provider, for example https://login.example.com.",
  },
  OIDC_CLIENT_ID: {
    type: "string",
    description: "This server's client there; its redirect is PUBLIC_URL/sign-in/oidc/callback.",
  },
  OIDC_CLIENT_SECRET: { type: "string", description: "Its secret." },
  OIDC_ALLOW: {
    type: "string",
    description: "Who may sign in there: e-mail addresses, or @example.com for a whole domain, separated by blanks.",
  },
  OIDC_TITLE: { type: "string", description: "What the provider is called on the button. Default: the issuer's host." },
  PLAYGROUND: {
    type: "string",
    enum: ["on", "off"],
    description:
      "Start the playground: a stand-in for the built-in service on this machine. Default: on; off where NODE_ENV=production.",
  },
  PLAYGROUND_PORT: { type: "integer", minimum: 0, maximum: 65535, default: 3001, description: "Its port; 0 takes a free one." },
  ENVIRONMENTS_FILE: {
    type: "string",
    description:
      "JSON file that adds environments: {name: {api, authorize, token, audience, title?, web?, clientId?, clientSecret?, rateLimit?}}.",
  },
  HTTPS_PROXY: {
    type: "string",
    description:
      "Reach the services and the sign-in provider through this proxy, for example http://user:password@proxy.example.com:3128.",
  },
  HTTP_PROXY: { type: "string", description: "The same for addresses that begin with http://." },
  NO_PROXY: {
    type: "string",
    description:
      "Hosts that are reached directly: names with everything below them, addresses, ranges, or *. This machine always is.",
  },
  EGRESS_ALLOW: {
    type: "string",
    description:
      "Hosts that messages may be sent to although their address is not public, and by http: written like NO_PROXY. With an address range, names may lead into it, by https. Default: public addresses by https alone, and the playground.",
  },
  LOG_LEVEL: {
    type: "string",
    enum: ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
    default: "info",
    description: "Least severe level that is logged.",
  },
  LOG_READ_SAMPLE: {
    type: "integer",
    minimum: 1,
    maximum: 1_000_000,
    default: 1,
    description:
      "Of the calls that read and succeed, one in this many is logged at info, the others at debug. Writes and failures always are.",
  },
  KEEP_ALIVE_SECONDS: {
    type: "integer",
    minimum: 1,
    maximum: 3600,
    default: 75,
    description:
      "How long a connection without a request is kept open: longer than the proxy or load balancer in front keeps it.",
  },
  TRUST_PROXY: { type: "integer", minimum: 0, maximum: 10, default: 0, description: "How many reverse proxies stand in front." },
} as const;

/** Of the variables; part of the build's validators. */
export const CONFIG_SCHEMA: JsonSchema = { type: "object", properties: VARIABLES };

const DEFAULTS = Object.fromEntries(
  Object.entries(VARIABLES).flatMap(([name, variable]) => ("default" in variable ? [[name, variable.default]] : [])),
);

type Variable = keyof typeof VARIABLES;
type Values = { -readonly [name in Variable]?: (typeof VARIABLES)[name]["type"] extends "integer" ? number : string };

/**
 * Reads the configuration from environment variables; blank ones count as absent.
 *
 * Pure but for the working directory that `DATA_DIR` is relative to: opens no file.
 *
 * @throws ConnectorError `config_invalid`, naming the variable and what it must be, never its value
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const values = parse(env);
  const publicUrl = values.PUBLIC_URL === undefined ? undefined : toPublicUrl(values.PUBLIC_URL);
  return {
    host: values.HOST as string,
    port: values.PORT as number,
    ...(publicUrl !== undefined && { publicUrl }),
    dataDir: resolve(values.DATA_DIR as string),
    ...(values.MONGODB_URI !== undefined && { mongodbUri: mongodbUri(values.MONGODB_URI) }),
    ...(values.CREDENTIALS_KEYS !== undefined && { credentialsKeys: new Secret(values.CREDENTIALS_KEYS) }),
    ...(values.CREDENTIALS_KEY_FILE !== undefined && { credentialsKeyFile: resolve(values.CREDENTIALS_KEY_FILE) }),
    ...(values.ADMIN_TOKEN !== undefined && { adminToken: adminToken(values.ADMIN_TOKEN) }),
    oauthVariables: oauthVariables(env),
    ...(values.CONNECTORS_DIR !== undefined && { connectorsDir: resolve(values.CONNECTORS_DIR) }),
    ...oidc(values),
    playground: values.PLAYGROUND === undefined ? readVariable(env, "NODE_ENV") !== "production" : values.PLAYGROUND === "on",
    playgroundPort: values.PLAYGROUND_PORT as number,
    ...(values.ENVIRONMENTS_FILE !== undefined && { environmentsFile: resolve(values.ENVIRONMENTS_FILE) }),
    ...proxies(values),
    ...(values.EGRESS_ALLOW !== undefined && { egressAllow: values.EGRESS_ALLOW }),
    logLevel: values.LOG_LEVEL as LogLevel,
    logReadSample: values.LOG_READ_SAMPLE as number,
    trustProxy: values.TRUST_PROXY as number,
    keepAliveSeconds: values.KEEP_ALIVE_SECONDS as number,
  };
}

/** Where browsers and services reach a server that is told nothing else. */
export function publicUrlOf({ publicUrl, host, port }: Pick<Config, "publicUrl" | "host" | "port">): string {
  if (publicUrl !== undefined) return publicUrl;
  const name = host === "::1" ? "[::1]" : host === "localhost" ? host : "127.0.0.1";
  return `http://${name}:${port}`;
}

/** Every variable with its default and meaning, for `--help` and the documentation. */
export function describeConfig(): { name: string; default?: string; description: string }[] {
  const own: { name: string; default?: string; description: string }[] = Object.entries(VARIABLES).map(([name, variable]) => ({
    name,
    ...("default" in variable && { default: String(variable.default) }),
    description: variable.description,
  }));
  const at = own.findIndex(({ name }) => name === "CONNECTORS_DIR");
  return own.toSpliced(at, 0, ...describeOAuthVariables(builtInManifest()));
}

/** Read loosely: whether it is valid is found out where it is loaded. */
function builtInManifest(): Manifest {
  return readJsonFile(join(packageRoot(), "manifest.json"), "manifest.json") as Manifest;
}

/** Names of the variables that are set: what another process has to be given to work on the same store. */
export function variablesSet(
  env: Readonly<Record<string, string | undefined>>,
  manifests: readonly Manifest[] = [builtInManifest()],
): string[] {
  const names = [...Object.keys(VARIABLES), ...manifests.flatMap(describeOAuthVariables).map(({ name }) => name)];
  return names.filter((name) => readVariable(env, name));
}

function oauthVariables(env: Readonly<Record<string, string | undefined>>): OAuthVariables {
  const names = Object.keys(env).filter((name) => OAUTH_VARIABLE.test(name) && !Object.hasOwn(VARIABLES, name));
  const given = names.flatMap((name) => {
    const value = readVariable(env, name);
    return value === "" ? [] : [[name, new Secret(value)] as const];
  });
  return Object.fromEntries(given);
}

/** A variable's value; "" where there is none. Docker's `--env-file` leaves the quotes that shells and compose files take away. */
function readVariable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const text = env[name]?.trim() ?? "";
  return /^(["'])(.*)\1$/s.exec(text)?.[2]?.trim() ?? text;
}

function parse(env: Readonly<Record<string, string | undefined>>): Values {
  const given = Object.entries(VARIABLES).flatMap(([name, { type }]) => {
    const value = readVariable(env, name) || (PROXY_VARIABLES.has(name) && readVariable(env, name.toLowerCase()));
    return value ? [[name, type === "integer" ? toInteger(value) : value] as const] : [];
  });
  const values = { ...DEFAULTS, ...Object.fromEntries(given) };
  const validate = compileSchema(CONFIG_SCHEMA);
  if (validate(values)) return values as unknown as Values;
  const [first] = validate.errors ?? [];
  const allowed = first?.keyword === "enum" ? `: ${(first.params as { allowedValues: string[] }).allowedValues.join(", ")}` : "";
  throw invalid(first?.instancePath.slice(1) ?? "", `${first?.message ?? "is not valid"}${allowed}`);
}

/** Written in small letters as often, by old custom. */
const PROXY_VARIABLES: ReadonlySet<string> = new Set(["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"]);

function proxies({ HTTPS_PROXY: https, HTTP_PROXY: http, NO_PROXY: noProxy }: Values): { proxies?: ConfiguredProxies } {
  if (https === undefined && http === undefined) return {};
  return {
    proxies: {
      ...(https !== undefined && { https: toProxy("HTTPS_PROXY", https) }),
      ...(http !== undefined && { http: toProxy("HTTP_PROXY", http) }),
      ...(noProxy !== undefined && { noProxy }),
    },
  };
}

/** `proxy.example.com:3128` means http, as with other programs. */
function toProxy(variable: string, text: string): Secret {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const isUsable = (url?.protocol === "http:" || url?.protocol === "https:") && isDecodable(url.username + url.password);
  if (url !== undefined && isUsable) return new Secret(url.href);
  throw invalid(variable, "must be the http or https URL of a proxy, with user and password percent-encoded");
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Text that is no whole number stays text, which the schema then refuses by name. */
function toInteger(text: string): number | string {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function toPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw invalid("PUBLIC_URL", "must be an absolute http or https URL");
  if (url.username || url.password || url.search || url.hash)
    throw invalid("PUBLIC_URL", "must not hold a query, fragment, user or password");
  const path = url.pathname.replace(/\/$/, "");
  if (!/^(?:\/[\w.~-]+)*$/.test(path)) throw invalid("PUBLIC_URL", "must have a path of letters, digits, and . _ ~ - alone");
  // A proxy may take the path away: then it could not be told from an address of ours.
  if (OWN_PATHS.has(path.split("/")[1] ?? ""))
    throw invalid("PUBLIC_URL", "must have a path that does not begin like one of this server's own");
  return url.origin + path;
}

/** What the addresses of this server begin with. */
const OWN_PATHS = new Set(
  "access activity api assets credentials docs healthz hooks marketplace mcp metrics oauth operations pages readyz session settings sign-in sign-out".split(
    " ",
  ),
);

function mongodbUri(text: string): Secret {
  if (!/^mongodb(\+srv)?:\/\/./.test(text)) throw invalid("MONGODB_URI", "must start with mongodb:// or mongodb+srv://");
  return new Secret(text);
}

function adminToken(text: string): Secret {
  if (!/^[\x21-\x7e]{16,256}$/.test(text)) throw invalid("ADMIN_TOKEN", "must be 16 to 256 visible ASCII characters");
  if (text.startsWith("lc_")) throw invalid("ADMIN_TOKEN", "must not start with lc_, as API keys do");
  return new Secret(text);
}

const OIDC_VARIABLES = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ALLOW"] as const;

function oidc(values: Values): { oidc?: ConfiguredOidc } {
  const {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: clientId,
    OIDC_CLIENT_SECRET: secret,
    OIDC_ALLOW: allow,
    OIDC_TITLE: title,
  } = values;
  if (issuer === undefined || clientId === undefined || secret === undefined || allow === undefined) {
    const given = [...OIDC_VARIABLES, "OIDC_TITLE" as const].find((name) => values[name] !== undefined);
    const missing = OIDC_VARIABLES.find((name) => values[name] === undefined);
    if (given === undefined || missing === undefined) return {};
    throw invalid(missing, `must be set together with ${given}`);
  }
  const { host } = toIssuer(issuer);
  return { oidc: { issuer, clientId, clientSecret: new Secret(secret), allow: toAllowed(allow), title: title ?? host } };
}

function toIssuer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isHere)) return url;
  throw invalid("OIDC_ISSUER", "must be an https URL, or an http URL of this machine");
}

function toAllowed(text: string): string[] {
  const allowed = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((one) => one !== "");
  const wrong = allowed.findIndex((one) => !/^[^@]*@[^@]+$/.test(one));
  if (wrong !== -1) throw invalid("OIDC_ALLOW", `must be e-mail addresses and @domains; entry ${wrong + 1} is neither`);
  return allowed;
}

function invalid(variable: string, rule: string): ConnectorError {
  return new ConnectorError("config_invalid", `${variable} ${rule}`, { variable });
}

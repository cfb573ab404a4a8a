import type { ConnectorError, Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type {
  ApiKey,
  Environment as DeclaredEnvironment,
  Manifest,
  Oauth2,
  Operation,
  OptionList,
  RateLimit,
} from "../schemas/types/platform/manifest.ts";

export type Input = Readonly<Record<string, unknown>>;

/** `read`: changes nothing. `repeatable`: the same call twice has the effect of one. `create`: twice makes two. It alone decides retries. */
export type Effect = "read" | "repeatable" | "create";

export type { Manifest, OptionList, RateLimit };
export type OperationDeclaration = Operation;
export type OAuth2 = Oauth2;
export type ApiKeyAuth = ApiKey;
export type PerformAs = NonNullable<Manifest["performAs"]>;
/** How the service spells its errors: RFC 6901 pointers into the answer. */
export type ErrorSpelling = NonNullable<Manifest["errors"]>;
/** Input fields of pages, and where an answer tells of the next one. */
export type Pagination = Manifest["pagination"];

/** One place where the service lives. Origins come from the manifest and from start-up configuration, never from a request. */
export interface Environment extends DeclaredEnvironment {
  /** Only for environments added at start-up: the OAuth app built into them. */
  readonly clientId?: string;
  readonly clientSecret?: string;
}

/** A connector ready to run: the manifest checked, every schema resolved and compiled once. */
export interface Connector {
  readonly manifest: Manifest;
  /** The manifest's environments plus those of the start-up configuration. */
  readonly environments: Readonly<Record<string, Environment>>;
  readonly operations: ReadonlyMap<string, CompiledOperation>;
  /** The whole manifest with each `$ref` replaced by the schema, as `GET /api/v1/connectors/:connector` answers it. */
  readonly resolved: Readonly<Record<string, unknown>>;
  /** @throws ConnectorError `not_found` */
  operation(name: string): CompiledOperation;
  /** @throws ConnectorError `environment_unknown` */
  environment(name: string): Environment;
}

/** Every connector of this installation. */
export interface Connectors {
  /** The one that the package brings comes first. */
  readonly all: readonly Connector[];
  readonly builtIn: Connector;
  /** @throws ConnectorError `connector_unknown` */
  of(id: string): Connector;
  /** Those that have an operation of this name. */
  withOperation(name: string): readonly Connector[];
}

export type OperationContext = Pick<Manifest, "id" | "name" | "pagination" | "performAs" | "errors" | "fieldsInput">;

export interface CompiledOperation {
  readonly name: string;
  /** What it needs to know of the connector that it belongs to. */
  readonly connector: OperationContext;
  readonly declaration: OperationDeclaration;
  /** `create` where the manifest says nothing. */
  readonly effect: Effect;
  /** Resolved schemas, no `$ref` left. */
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
  /** Of `toPathParts`. */
  readonly pathParts: readonly string[];
  /** Input fields that take milliseconds or RFC 3339 text, those inside an object as `archived/archivedAt`; the service gets milliseconds. */
  readonly timeFields: ReadonlySet<string>;
  /** @throws ConnectorError `input_invalid` with `details.issues`; never changes what it is given */
  checkInput(input: unknown): asserts input is Input;
  /**
   * How the records of an answer deviate from their schema; undefined where they do not. A missing required field is none where
   * the input asked for certain fields.
   *
   * @throws ConnectorError `upstream_invalid_response` where it is no such answer at all: not an object, or without its `data`
   */
  checkOutput(output: unknown, input: Input): SchemaWarnings | undefined;
}

/** Where an answer of the service is not as its schema says. It is passed on all the same, as it came. */
export interface SchemaWarnings {
  /** At most 50 of each record. */
  readonly count: number;
  /** The first ten, by their place in the answer; never a value. */
  readonly issues: readonly Issue[];
}

/** What will be sent, before it is signed. `path` is relative to the environment's `api` and starts with `/`. */
export interface ConnectorRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH";
  /** Path and encoded query, for example `/opportunities?limit=5&tag=a&tag=b`. */
  readonly path: string;
  readonly body?: string;
}

export interface SendOptions {
  /** The environment's `api`, for example `https://api.example.com/v1`. */
  readonly base: string;
  /** The value of the header that signs. */
  readonly authorization: string;
  /** Its name; `authorization` by default. */
  readonly authorizationHeader?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Total time for this one attempt: waiting for a connection, sending, and the whole answer. */
  readonly timeoutMs?: number;
  /**
   * For writes, whose fate is worth knowing: once the request is on the wire neither `signal` nor `timeoutMs` ends it, only the
   * client's own deadline does.
   */
  readonly seeThrough?: boolean;
}

/** An answer with a status; every other ending of an attempt is a `SendFailure`. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; undefined for an empty body. A number that JavaScript cannot hold is an `ExactNumber`. */
  readonly body: unknown;
  /** The body with such numbers rounded, where it holds some: what a schema can be checked against. */
  readonly rounded?: unknown;
  /** Set where the body could not be taken: too large, too deep, not JSON, wrong content type, encoded although identity was asked, cut off, not complete in time. */
  readonly bodyProblem?: "too_large" | "too_deep" | "not_json" | "encoded" | "truncated" | "timeout";
  readonly bytes: number;
}

/** How an attempt without a usable answer ended. `arrived: "no"` only where the request surely never reached the service. */
export interface SendFailure {
  readonly kind: "unreachable" | "proxy" | "timeout" | "reset" | "tls" | "cancelled" | "malformed" | "headers_too_large";
  readonly arrived: "no" | "unknown";
  readonly cause: unknown;
}

/** One attempt on the wire: no retry, no judging, no redirects. Never throws for what the network or the service does. */
export type Send = (request: ConnectorRequest, options: SendOptions) => Promise<{ answer: Answer } | { failure: SendFailure }>;

/** What an attempt means for the call. */
export type Verdict =
  | { readonly ok: true; readonly output: unknown; readonly warnings?: SchemaWarnings }
  | {
      readonly ok: false;
      readonly error: ConnectorError;
      /** Another attempt could help, if the effect allows it. */
      readonly again: boolean;
      /** Did the request reach the service and maybe take effect? `no`: surely not (refused, DNS, 429, 4xx). */
      readonly arrived: "no" | "unknown";
      /** The service refused the token or key itself (401). */
      readonly unauthorized?: boolean;
      /** The service said that it is asked too often (429). */
      readonly throttled?: boolean;
      readonly retryAfterMs?: number;
    };

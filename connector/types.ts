import type { ConnectorError, Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";

export type Input = Readonly<Record<string, unknown>>;

/** `read`: changes nothing. `repeatable`: the same call twice has the effect of one. `create`: twice makes two. It alone decides retries. */
export type Effect = "read" | "repeatable" | "create";

/** One place where the service lives. Origins come from the manifest and from start-up configuration, never from a request. */
export interface Environment {
  readonly title: string;
  /** What it is for. */
  readonly description?: string;
  readonly api: string;
  /** These three where the connector offers OAuth. */
  readonly authorize?: string;
  readonly token?: string;
  readonly audience?: string;
  readonly web?: string;
  /** Only for environments added at start-up: the OAuth app built into them. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly rateLimit?: RateLimit;
}

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
  /** Tokens of the burst that stay unused, so that network jitter does not make the service count one call too many. */
  readonly reserve?: number;
  readonly scope: "credential";
}

export interface OperationDeclaration {
  readonly title: string;
  readonly description: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  readonly request: {
    readonly method: "GET" | "POST" | "PUT" | "DELETE";
    readonly path: string;
    readonly query?: readonly string[];
    readonly body?: readonly string[];
    /** Query parameters that are always sent. */
    readonly fixedQuery?: Readonly<Record<string, string | number | boolean>>;
    /** Fields of the JSON body that are always sent. */
    readonly fixedBody?: Readonly<Record<string, string | number | boolean | null>>;
  };
  readonly effect?: Effect;
  readonly paginated?: boolean;
  readonly serializeBy?: string;
  /** Whether the service refuses the call without the user it is recorded for. Where it does not, one is sent if there is one. */
  readonly performAs?: "required" | "optional" | "none";
  readonly readBack?: {
    readonly operation: string;
    /** Inputs handed on. */
    readonly pass?: readonly string[];
    /** Inputs taken from the record that the write answered with: input → field of the record. */
    readonly take?: Readonly<Record<string, string>>;
  };
  /** The read of `readBack` is made before the write instead: what it was like tells what the write really changed. */
  readonly readBefore?: {
    /** Input, and list of the record, that the write adds to or removes from. */
    readonly changes: string;
    /** Fields of the record that the write's answer leaves empty, and that the write does not change. */
    readonly fields: readonly string[];
  };
  readonly scopes: readonly string[];
  readonly links?: readonly string[];
  readonly examples?: readonly { readonly title?: string; readonly input: Input }[];
  /** Counter-examples for the contract suite: why it is wrong, and where. */
  readonly counterExamples?: readonly { readonly reason: string; readonly pointer: string; readonly input: Input }[];
}

export interface OptionList {
  readonly title: string;
  readonly operation: string;
  /** Input always passed to the operation. */
  readonly input?: Input;
  /** Names of the record's fields. */
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
  /** Offer only records where this field has one of these values. */
  readonly only?: { readonly field: string; readonly in: readonly (string | null)[] };
}

export interface Listing {
  readonly tagline: string;
  readonly overview: string;
  readonly benefits: readonly { readonly title: string; readonly text: string }[];
  readonly features: readonly { readonly title: string; readonly text: string }[];
  readonly categories: readonly string[];
  readonly prerequisites: readonly string[];
  readonly setup: readonly { readonly title: string; readonly text: string }[];
  /** How the operations are used in a workflow, step by step. */
  readonly usage: readonly { readonly title: string; readonly text: string }[];
  readonly faq: readonly { readonly question: string; readonly answer: string }[];
  readonly links: readonly { readonly title: string; readonly url: string }[];
  readonly icon: string;
}

export interface OAuth2 {
  readonly type: "oauth2";
  readonly title: string;
  readonly scopes: readonly {
    readonly name: string;
    readonly description: string;
    readonly area?: string;
    readonly default?: boolean;
  }[];
  readonly maxScopes?: number;
  /** Who may approve, where not everybody may: "an administrator". */
  readonly approver?: string;
  /** Claims of a token that is a JWT: who approved, and for which account. */
  readonly claims?: { readonly userId?: string; readonly accountId?: string };
}

export interface ApiKeyAuth {
  readonly type: "api_key";
  readonly title: string;
  readonly scheme: "basic_user_name" | "bearer" | "header";
  /** With the scheme `header`: its name. */
  readonly header?: string;
  readonly help?: string;
  /** Where in the service keys and their permissions are kept. */
  readonly madeUnder?: string;
}

/** The user that writes are recorded for. */
export interface PerformAs {
  /** Input of operations that names the user. */
  readonly input: string;
  /** Pick list to choose the user from. */
  readonly optionList: string;
  /** The list in which the user is looked up. */
  readonly users: {
    readonly operation: string;
    readonly input: Input;
    readonly idField: string;
    readonly deactivatedField?: string;
  };
}

/** How the service spells its errors: RFC 6901 pointers into the answer. */
export interface ErrorSpelling {
  readonly code: string;
  readonly message: string;
  /** Part of the message where a page's cursor is no longer known. */
  readonly cursorRefused?: string;
}

/** Input fields of pages, and where an answer tells of the next one. */
export type Pagination =
  | {
      readonly style: "cursor";
      readonly limit: string;
      readonly maxLimit: number;
      readonly cursorIn: string;
      readonly cursorOut: string;
      readonly hasMore: string;
    }
  | {
      readonly style: "number";
      readonly limit: string;
      readonly maxLimit: number;
      readonly cursorIn: string;
      readonly pageOut: string;
      readonly pagesOut: string;
    }
  | { readonly style: "none" };

export interface Manifest {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly listing: Listing;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly auth: readonly (OAuth2 | ApiKeyAuth)[];
  /** How a credential is tested: `probe` must answer for the credential to count as usable. */
  readonly check: {
    readonly probe: { readonly operation: string; readonly input: Input };
    /** RFC 6901 pointer to a record's address in the service's web app. */
    readonly recordUrl?: string;
  };
  /** Absent where the service knows of no such user. */
  readonly performAs?: PerformAs;
  readonly errors?: ErrorSpelling;
  /** Input that names the fields wanted in an answer. */
  readonly fieldsInput?: string;
  readonly rateLimit: RateLimit;
  readonly pagination: Pagination;
  readonly optionLists: Readonly<Record<string, OptionList>>;
  readonly operations: Readonly<Record<string, OperationDeclaration>>;
  readonly triggers: Readonly<Record<string, unknown>>;
  readonly recipes: readonly unknown[];
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

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { buildRequest } from "../../connector/build-request.ts";
import { loadConnector } from "../../connector/manifest.ts";
import type { CompiledOperation, Input } from "../../connector/types.ts";
import { createAjv } from "../../connector/validator.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import type { ShapeName } from "../../schemas/types/index.ts";
import { createShapes } from "../../server/http/shapes.ts";
import { apiRoutes } from "../../server/routes/index.ts";
import { ROUTES } from "../server/route-table.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "../server/start.ts";
import { violations } from "../support/reference-schema.ts";
import { inputOf, ODD_KEYS, oddText, oddValue, PATH_TRICKS } from "./support/arbitraries.ts";
import { createStopwatch } from "./support/stopwatch.ts";
import { type Answered, createWire, sendRaw } from "./support/wire.ts";

/** `SEED=… npx jest test/faults/bad-input` repeats a run. */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stderr.write(`bad-input: SEED=${seed}\n`);

// Seconds on a machine of its own; several times that beside other tests.
jest.setTimeout(60_000);

const LIMIT_MS = 50;
/** Every kind of case runs with `npm test`; ten times as many of each with the batteries that take minutes (long/bad-input.test.ts). */
const DEPTH = process.env.FAULTS === "long" ? 1 : 0.1;
const connector = loadConnector();
const operations = [...connector.operations.values()].map((operation) => [operation.name, operation] as const);
/** Of all operations together: each new one would make the battery longer, and most of their rules are the same. */
const perOperation = (inAll: number) => Math.ceil((DEPTH * inAll) / operations.length);
const RUNS = {
  perOperation: perOperation(12_000),
  anything: DEPTH * 3_600,
  perBody: Math.ceil(DEPTH * 110),
  perOperationOverHttp: perOperation(1_500),
  queries: DEPTH * 500,
  headers: DEPTH * 300,
};
const runs = (numRuns: number) => ({ numRuns, seed });

const inProcess = createStopwatch(LIMIT_MS);
const overHttp = createStopwatch(LIMIT_MS);
const isProblem = createAjv({ allErrors: true }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/platform/problem.json", import.meta.url), "utf8")),
);

let server: TestServer;
let wire: ReturnType<typeof createWire>;
const prototypes = () => [Object.prototype, Array.prototype, String.prototype].map((one) => Reflect.ownKeys(one));
const prototypesBefore = prototypes();

beforeAll(async () => {
  server = await startTestServer();
  wire = createWire(server.url, { authorization: `Bearer ${ADMIN}` });
  await wire.ask("POST", "/api/v1/credentials", { body: JSON.stringify(playgroundCredential("demo")) });
});
afterAll(async () => {
  await wire.close();
  await server.close();
});

const sent = () => server.playground?.playground.requests.report(0).count;

interface Refused {
  readonly code: string;
  readonly pointers: readonly string[];
}

function check(operation: CompiledOperation, input: unknown): Refused | undefined {
  try {
    // An assertion needs a name with a type of its own; here only what it throws counts.
    (operation.checkInput as (input: unknown) => void)(input);
    return undefined;
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    return { code: error.code, pointers: (error.details.issues ?? []).map(({ pointer }) => pointer) };
  }
}

/** Holds what was refused against the reference. A huge list or many unknown names may be refused for that alone. */
function assertRefused(refused: Refused | undefined, expected: ReadonlySet<string>, schema: JsonSchema, input: unknown): void {
  const shown = new Set([...expected].map((pointer) => (pointer.length > 256 ? `${pointer.slice(0, 256)}…` : pointer)));
  const told = new Set(refused?.pointers);
  const isWhole = shown.size <= 20 && !isOutsized(schema, input);
  const isRight = told.size > 0 && [...told].every((pointer) => shown.has(pointer)) && (!isWhole || told.size === shown.size);
  if (refused?.code !== "input_invalid" || !isRight)
    expect({ input, ...refused }).toEqual({ input, code: "input_invalid", pointers: [...shown] });
}

function isOutsized(schema: JsonSchema, input: unknown): boolean {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return Object.entries(input ?? {}).some(
    ([name, value]) => Array.isArray(value) && value.length > ((properties[name]?.maxItems as number | undefined) ?? 50),
  );
}

describe.each(operations)("the input of %s", (_, operation) => {
  it("is taken or refused exactly as the schema says, and a taken one reaches Lever unchanged", () => {
    const property = (input: unknown) => {
      const expected = violations(operation.inputSchema, input);
      const refused = inProcess.time(() => check(operation, input));
      if (expected.size > 0) return assertRefused(refused, expected, operation.inputSchema, input);
      expect(refused).toBeUndefined();
      expectFaithful(operation, input as Input);
    };
    fc.assert(fc.property(inputOf(operation.inputSchema), property), runs(RUNS.perOperation));
  });
});

/** The request says what the input says: same ids in the same places of the path, every value once, and nothing else. */
function expectFaithful(operation: CompiledOperation, input: Input): void {
  const { path: template, query = [], body = [], fixedBody } = operation.declaration.request;
  const request = inProcess.time(() => buildRequest(operation, input));
  const url = new URL(`http://lever.test${request.path}`);
  expect(request.path).toMatch(/^\/[\x21\x24-\x7e]*$/);
  const segments = template.split("/").map((part) => (/^\{.*\}$/.test(part) ? String(input[part.slice(1, -1)]) : part));
  expect(url.pathname.split("/").map(decodeURIComponent)).toEqual(segments);
  const expected = query.flatMap((name) =>
    [input[name] ?? []]
      .flat()
      .map((value) => [name, String(operation.timeFields.has(name) ? new Date(value as string).getTime() : value)]),
  );
  expect([...url.searchParams]).toEqual(expected);
  const properties = operation.inputSchema.properties as Record<string, JsonSchema>;
  const sentBody = body
    .filter((name) => input[name] !== undefined)
    .map((name) => [name, inMilliseconds(properties[name] ?? {}, input[name])]);
  expect(JSON.parse(request.body ?? "{}")).toEqual({ ...fixedBody, ...Object.fromEntries(sentBody) });
}

/** Times in the body go to the service as milliseconds, also those inside an object. */
function inMilliseconds(schema: JsonSchema, value: unknown): unknown {
  if (schema["x-unit"] === "ms") return new Date(value as string | number).getTime();
  if (Array.isArray(value)) return value.map((item) => inMilliseconds((schema.items ?? {}) as JsonSchema, item));
  if (typeof value !== "object" || value === null) return value;
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inMilliseconds(properties[name] ?? {}, part)]));
}

it("anything at all is either taken or refused, by every operation", () => {
  const anything = fc.anything({
    withNullPrototype: true,
    withDate: true,
    withMap: true,
    withBigInt: true,
    withSparseArray: true,
  });
  const property = (input: unknown, [, operation]: (typeof operations)[number]) => {
    const refused = inProcess.time(() => check(operation, input));
    if (refused) expect(refused.code).toBe("input_invalid");
  };
  fc.assert(fc.property(fc.oneof(anything, oddValue), fc.constantFrom(...operations), property), runs(RUNS.anything));
});

it("an id with a trick in it is refused before a path is made of it", () => {
  for (const [, operation] of operations)
    for (const field of operation.declaration.request.path.match(/(?<=\{)\w+/g) ?? [])
      for (const trick of PATH_TRICKS) {
        const input = { ...neededBy(operation), [field]: trick };
        const harmless = /^[\w-]{1,100}$/.test(trick);
        const refused = inProcess.time(() => check(operation, input));
        expect([operation.name, trick, refused?.pointers]).toEqual([operation.name, trick, harmless ? undefined : [`/${field}`]]);
      }
});

/** What the operation requires, by the examples of its fields. */
function neededBy({ inputSchema }: CompiledOperation): Record<string, unknown> {
  const {
    properties,
    required = [],
    minProperties = 0,
  } = inputSchema as {
    properties: Record<string, { examples: unknown[] }>;
    required?: string[];
    minProperties?: number;
  };
  const others = Object.keys(properties).filter((name) => !required.includes(name) && properties[name]?.examples);
  const needed = [...required, ...others.slice(0, Math.max(0, minProperties - required.length))];
  return Object.fromEntries(needed.map((name) => [name, properties[name]?.examples[0]]));
}

/** What holds for every answer to a request that makes no sense. */
function expectSane(answer: Answered): Answered {
  if (answer.status < 400) return answer;
  const isDocument = answer.type === "application/problem+json; charset=utf-8" && isProblem(answer.json);
  if (answer.status >= 500 || !isDocument) expect({ ...answer, issues: isProblem.errors }).toBe("a problem below 500");
  return answer;
}

async function ask(...call: Parameters<typeof wire.ask>): Promise<Answered> {
  return expectSane(await overHttp.timeAsync(() => wire.ask(...call)));
}

function refusedOf({ json }: Answered): Refused {
  return { code: json.code, pointers: (json.errors ?? []).map(({ pointer }: { pointer: string }) => pointer) };
}

function hasForbiddenKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, item]) => ["__proto__", "constructor", "prototype"].includes(key) || hasForbiddenKey(item),
  );
}

/** A right body seals everything anew, and looks on for a while: how long is no matter of its input. */
const TAKES_ITS_TIME = "/settings/keys/rotate";

const withBody = apiRoutes
  .filter(({ body }) => body !== undefined)
  .map((route) => [`${route.method} ${route.path}`, route] as const);
const addressOf = (path: string) =>
  `/api/v1${path.replace(":operation", "list_stages").replace(":environment", "sandbox").replace(/:\w+/g, "cred_missing")}`;

describe.each(withBody)("the body of %s", (_, route) => {
  const schema = createShapes()(route.body as ShapeName);
  it("is refused where it is wrong", async () => {
    const property = async (body: unknown) => {
      const expected = violations(schema, body);
      if (route.path === TAKES_ITS_TIME && expected.size === 0 && !hasForbiddenKey(body)) return;
      const answer = await ask(route.method, addressOf(route.path), { body: JSON.stringify(body) });
      if (hasForbiddenKey(body)) return expect(answer).toMatchObject({ status: 400, json: { code: "malformed_json" } });
      if (expected.size > 0) assertRefused(refusedOf(answer), expected, schema, body);
    };
    await fc.assert(fc.asyncProperty(fc.oneof({ weight: 6, arbitrary: inputOf(schema) }, oddValue), property), {
      ...runs(RUNS.perBody),
    });
  });
});

describe.each(operations)("%s over HTTP", (name, operation) => {
  it("names the place of wrong input and sends nothing", async () => {
    const before = sent();
    const property = async (input: unknown) => {
      const expected = violations(operation.inputSchema, input);
      const isValid = expected.size === 0 && !hasForbiddenKey(input);
      const body = JSON.stringify({ credential: "demo", input });
      const answer = await ask("POST", `/api/v1/operations/${name}${isValid ? "?dry_run=true" : ""}`, { body });
      if (hasForbiddenKey(input)) expect(answer.json.code).toBe("malformed_json");
      else if (!isValid) assertRefused(refusedOf(answer), expected, operation.inputSchema, input);
      else expect([200, 422]).toContain(answer.status);
      if (isValid && answer.status === 422) expect(answer.json.code).toBe("perform_as_missing");
    };
    await fc.assert(fc.asyncProperty(inputOf(operation.inputSchema), property), runs(RUNS.perOperationOverHttp));
    expect(sent()).toBe(before);
  });
});

/** Halves of surrogate pairs cannot be sent in an address or a form. */
const wellFormed = (text: string) => Buffer.from(text).toString();

describe("addresses and headers", () => {
  it("with tricks in place of ids lead nowhere", async () => {
    const before = sent();
    for (const { route, body } of ROUTES.filter(({ route }) => route.includes("/:"))) {
      const [method, path] = route.split(" ") as [string, string];
      for (const trick of PATH_TRICKS.filter((one) => /^[\x21-\x7e]+$/.test(one))) {
        const answer = await ask(
          method,
          `/api/v1${path.replace(/:\w+/g, trick)}`,
          body === undefined ? {} : { body: JSON.stringify(body) },
        );
        // Removing what is not there is done already.
        const isNothing = answer.status === 204 && route.startsWith("DELETE /settings");
        expect([route, trick, answer.status >= 400 || isNothing]).toEqual([route, trick, true]);
      }
    }
    expect(sent()).toBe(before);
  });

  it("with queries that no route knows are refused, and known ones with any value are no fault of ours", async () => {
    const gets = ROUTES.filter(({ route }) => route.startsWith("GET "));
    const name = fc.oneof(
      fc.constantFrom("limit", "cursor", "search", "pages", "dry_run"),
      fc.constantFrom(...ODD_KEYS),
      oddText,
    );
    const pair = fc
      .tuple(name, oddText)
      .map((pair) => pair.map((text) => encodeURIComponent(wellFormed(text)).slice(0, 3000)).join("="));
    const query = fc.oneof(
      fc.array(pair, { maxLength: 3 }).map((pairs) => pairs.join("&")),
      fc.constantFrom("%", "a[$ne]=1", "&&==", "limit=1&limit=2", "%00=%ff"),
    );
    const property = async ({ route }: (typeof gets)[number], text: string) =>
      void (await ask("GET", `${addressOf(route.slice(4)).replace("cred_missing/options", "demo/options")}?${text}`));
    await fc.assert(fc.asyncProperty(fc.constantFrom(...gets), query, property), runs(RUNS.queries));
  });

  it("of every sort are either understood or refused", async () => {
    const visible = fc
      .oneof(
        fc.string({ maxLength: 300 }),
        oddText.map((text) => text.slice(0, 300)),
      )
      .map((text) => text.replace(/[^\x20-\x7e\x80-\xff]/g, "?"));
    const header = fc.constantFrom(
      ...["idempotency-key", "if-match", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "accept"],
      ...[
        "cookie",
        "origin",
        "sec-fetch-site",
        "x-csrf-token",
        "x-http-method-override",
        "content-type",
        "content-encoding",
        "range",
      ],
    );
    const property = async (name: string, value: string) => {
      await ask("PATCH", "/api/v1/credentials/cred_missing", { body: '{"nickname":"x"}', headers: { [name]: value } });
      await ask("POST", "/api/v1/operations/add_opportunity_tags", {
        body: '{"credential":"demo","input":{}}',
        headers: { [name]: value },
      });
    };
    await fc.assert(fc.asyncProperty(header, visible, property), runs(RUNS.headers));
  });

  it("declare JSON in UTF-8, not compressed, or the body is not read", async () => {
    const types = [
      "",
      "text/plain",
      "text/json",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonp",
      "application/json;charset=utf-16",
      "application/json, text/html",
      "*/*",
      "\x80",
    ];
    const encodings = ["gzip", "br", "deflate", "zstd", "gzip, gzip", "identity, gzip", "x-unknown"];
    for (const [name, { method, path }] of withBody) {
      for (const type of types)
        expect([
          name,
          type,
          (await ask(method, addressOf(path), { body: "{}", headers: { "content-type": type } })).status,
        ]).toEqual([name, type, 415]);
      for (const encoding of encodings) {
        const answer = await ask(method, addressOf(path), { body: gzipSync("{}"), headers: { "content-encoding": encoding } });
        expect([name, encoding, answer.status]).toEqual([name, encoding, 415]);
      }
    }
  });
});

describe("bodies", () => {
  const post = (body: string | Buffer) => ask("POST", "/api/v1/operations/list_stages?dry_run=true", { body });

  it("with a key given twice are refused, and the place is named", async () => {
    const key = oddText
      .map((text) => text.slice(0, 40))
      .filter((text) => !["__proto__", "constructor", "prototype"].includes(text));
    const property = async (name: string, first: string, second: string) => {
      const quoted = JSON.stringify(name);
      const escaped = `"${[...Array(name.length).keys()].map((i) => `\\u${name.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")}"`;
      const answer = await post(
        `{"credential":"demo","input":{${quoted}:${JSON.stringify(first)},"between":{"${"x"}":1},${escaped}:${JSON.stringify(second)}}}`,
      );
      const pointer = `/input/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      expect(refusedOf(answer)).toEqual({ code: "malformed_json", pointers: [pointer] });
    };
    await fc.assert(
      fc.asyncProperty(
        key.filter((text) => text !== "between"),
        oddText,
        oddText,
        property,
      ),
      runs(200),
    );
  });

  it("that are not JSON, or JSON that programs trip over, are refused", async () => {
    const texts = [
      ...[
        "",
        " ",
        "{",
        "}",
        "[",
        "nul",
        "NaN",
        "Infinity",
        "-",
        "01",
        "1.",
        "1e",
        ".5",
        "0x1",
        "'a'",
        '"a',
        '"\\u12"',
        '"\t"',
        "{a:1}",
        "{'a':1}",
      ],
      ...[
        '{"a":1,}',
        "[1,]",
        "[,1]",
        '{"a"}',
        '{"a":}',
        "{}{}",
        "{} x",
        "/**/{}",
        "// x\n{}",
        '{"a":1 "b":2}',
        "\ufeff{}",
        "\u0000",
        "{}\u0000",
        "undefined",
      ],
      ...['{"__proto__":{}}', '{"input":{"a":[{"constructor":1}]}}', '{"\\u005f_proto__":1}', '{"prototype":null}'],
      ...[
        "[".repeat(33) + "]".repeat(33),
        "[".repeat(100_000),
        `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
        `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      ],
    ].filter((text) => text !== "" && text !== "\ufeff{}");
    for (const text of texts) expect([text.slice(0, 40), (await post(text)).status]).toEqual([text.slice(0, 40), 400]);
    for (const text of ["1e400", "-1e400", "9007199254740993", '"\\ud800"', "[]", "true", "null", "1", '""'])
      expect([text, (await post(text)).status]).toEqual([text, 422]);
    for (const bytes of [
      [0xff],
      [0x22, 0xc0, 0xaf, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0xff, 0xfe, 0x7b, 0, 0x7d, 0],
      [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
    ])
      expect([bytes, (await post(Buffer.from(bytes))).status]).toEqual([bytes, 400]);
  });

  it("with ten thousand keys, or a list of fifty thousand, are answered as fast as others", async () => {
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, 1]));
    const list = Array.from({ length: 50_000 }, () => 1);
    for (const [input, pointer] of [
      [keys, "/key 0"],
      [{ limit: list }, "/limit"],
      [{ x: list }, "/x"],
    ] as const) {
      const refused = refusedOf(await post(JSON.stringify({ credential: "demo", input })));
      expect([refused.code, refused.pointers[0]]).toEqual(["input_invalid", pointer]);
    }
    const tags = Array.from({ length: 20_000 }, (_, i) => `t${i}`);
    const body = JSON.stringify({ credential: "demo", input: { opportunity_id: "a", tags } });
    expect(refusedOf(await ask("POST", "/api/v1/operations/add_opportunity_tags", { body }))).toEqual({
      code: "input_invalid",
      pointers: ["/tags"],
    });
    const scopes = Array.from({ length: 12_000 }, (_, i) => ({ a: i }));
    const names = Array.from({ length: 20_000 }, (_, i) => `s${i}`);
    for (const wrong of [scopes, names]) {
      const answer = await ask("POST", "/api/v1/api-keys", { body: JSON.stringify({ name: "x", scopes: wrong }) });
      expect(refusedOf(answer).code).toBe("input_invalid");
    }
  });

  it("of 10 MB are refused at once, whether or not the rest ever comes", async () => {
    const body = Buffer.alloc(10 * 1024 * 1024, 0x20);
    const json = `host: x\r\nauthorization: Bearer ${ADMIN}\r\ncontent-type: application/json\r\n`;
    const form = "host: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    const declared = `content-length: ${body.length}\r\n\r\n`;
    const chunk = `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`;
    for (const head of [`POST /api/v1/credentials HTTP/1.1\r\n${json}`, `POST /access HTTP/1.1\r\n${form}`])
      for (const pieces of [[declared, body], [chunk, body], [chunk, body.subarray(0, 300_000)], [declared]])
        expect(await sendRaw(server.url, [head, ...pieces], 300)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("forms and consents", () => {
  it("with any fields are refused, and lead nowhere", async () => {
    const paths = ["/access", "/sign-out", "/session/project", "/oauth/lever/playground/start", "/oauth/lever/nowhere/start"];
    const field = fc.tuple(
      fc.constantFrom("token", "csrf", "id", "name", "scopes", "ticket", "__proto__"),
      oddText.map((text) => wellFormed(text).slice(0, 500)),
    );
    const property = async (path: string, fields: [string, string][]) => {
      const body = new URLSearchParams(fields).toString();
      const headers = { authorization: "", "content-type": "application/x-www-form-urlencoded" };
      const answer = await overHttp.timeAsync(() => wire.ask("POST", path, { body, headers }));
      expect([path, [401, 403, 404, 422, 429].includes(answer.status)]).toEqual([path, true]);
      const query = `?${body.slice(0, 4000)}`;
      for (const get of ["/access", "/oauth/lever/playground/start", "/oauth/lever/playground/callback"]) {
        const got = await overHttp.timeAsync(() => wire.ask("GET", get + query));
        expect([get, [403, 422, 429].includes(got.status)]).toEqual([get, true]);
      }
    };
    await fc.assert(fc.asyncProperty(fc.constantFrom(...paths), fc.array(field, { maxLength: 4 }), property), runs(60));
  });
});

describe("requests that are broken on the wire", () => {
  const line = "POST /api/v1/credentials HTTP/1.1\r\n";
  const auth = `host: x\r\nconnection: close\r\nauthorization: Bearer ${ADMIN}\r\n`;
  const json = "content-type: application/json\r\n";
  const chunked = `${line}${auth}${json}transfer-encoding: chunked\r\n\r\n`;
  const cases: readonly [string, readonly (string | Buffer)[]][] = [
    ["a chunk length that is no number", [chunked, "xyz\r\n{}\r\n0\r\n\r\n"]],
    ["a negative chunk length", [chunked, "-1\r\n{}\r\n0\r\n\r\n"]],
    ["an endless chunk length", [chunked, `${"f".repeat(40)}\r\n{}`]],
    ["a chunk longer than it says", [chunked, '1\r\n{"a":1}\r\n0\r\n\r\n']],
    ["a chunk without its end", [chunked, "2\r\n{}0\r\n\r\n"]],
    ["chunks that just stop", [chunked, "2\r\n{}\r\n"]],
    ["trailers nobody asked for", [chunked, "2\r\n{}\r\n0\r\nx-a: b\r\nauthorization: Bearer x\r\n\r\n"]],
    ["a body shorter than it says", [`${line}${auth}${json}content-length: 100\r\n\r\n{}`]],
    ["two lengths", [`${line}${auth}${json}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`]],
    ["a length and chunks", [`${line}${auth}${json}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`]],
    ["a length that is no number", [`${line}${auth}${json}content-length: 2x\r\n\r\n{}`]],
    ["a negative length", [`${line}${auth}${json}content-length: -2\r\n\r\n{}`]],
    ["an unknown transfer encoding", [`${line}${auth}${json}transfer-encoding: gzip\r\n\r\n{}`]],
    ["chunked twice", [`${line}${auth}${json}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`]],
    ["chunked in disguise", [`${line}${auth}${json}transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n`]],
    ["a header line without a name", [`${line}${auth}: x\r\n\r\n`]],
    ["a header with a control character", [`${line}${auth}x-a: a\x00b\r\n\r\n`]],
    ["a folded header", [`${line}${auth}x-a: a\r\n b\r\n\r\n`]],
    ["lines that end with LF alone", ["GET /api/v1/connectors HTTP/1.1\nhost: x\n\n"]],
    ["a space before the colon", [`${line}authorization : Bearer ${ADMIN}\r\nhost: x\r\n\r\n`]],
    ["200 headers", [`${line}${auth}${Array.from({ length: 200 }, (_, i) => `x-${i}: 1\r\n`).join("")}\r\n`]],
    ["headers of 64 kB", [`${line}${auth}x-a: ${"a".repeat(65_536)}\r\n\r\n`]],
    ["an address of 64 kB", [`GET /${"a".repeat(65_536)} HTTP/1.1\r\n${auth}\r\n`]],
    ["an address with CRLF", ["GET /api/v1/connectors\r\nx-a: b HTTP/1.1\r\nhost: x\r\n\r\n"]],
    ["an address with NUL", [`GET /api/v1/\x00connectors HTTP/1.1\r\n${auth}\r\n`]],
    ["an absolute address", [`GET http://evil.example/api/v1/connectors HTTP/1.1\r\nhost: x\r\n\r\n`]],
    ["an address without a slash", [`GET api/v1/connectors HTTP/1.1\r\n${auth}\r\n`]],
    ["an asterisk", [`OPTIONS * HTTP/1.1\r\n${auth}\r\n`]],
    ["CONNECT", [`CONNECT evil.example:443 HTTP/1.1\r\n${auth}\r\n`]],
    ["an unknown method", [`BREW /api/v1/credentials HTTP/1.1\r\n${auth}\r\n`]],
    ["a lower-case method", [`get /api/v1/credentials HTTP/1.1\r\n${auth}\r\n`]],
    ["HTTP/0.9", ["GET /api/v1/connectors\r\n\r\n"]],
    ["HTTP/2 in clear", ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]],
    ["an unknown version", [`GET /api/v1/connectors HTTP/9.9\r\n${auth}\r\n`]],
    ["an upgrade", [`GET /api/v1/connectors HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`]],
    ["no host", [`GET /api/v1/connectors HTTP/1.1\r\nauthorization: Bearer ${ADMIN}\r\n\r\n`]],
    ["two hosts", [`GET /api/v1/connectors HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n`]],
    ["TLS", [Buffer.from("160301020001000001fc0303", "hex")]],
    ["noise", [Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 89) % 256))]],
    ["a body where none is expected", [`GET /api/v1/connectors HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nabcde`]],
    ["an expectation", [`${line}${auth}${json}expect: 200-nothing\r\ncontent-length: 2\r\n\r\n{}`]],
  ];

  it.each(cases)("as %s leave the server well", async (_, pieces) => {
    const before = sent();
    const text = await sendRaw(server.url, pieces, 150);
    expect(text).not.toMatch(/HTTP\/1\.[01] 5\d\d/);
    expect(text).not.toMatch(/^HTTP\/1\.1 2\d\d/);
    expect(text).not.toMatch(/\bat .*\.(ts|js):\d/);
    expect((await ask("GET", "/api/v1/connectors")).status).toBe(200);
    expect(sent()).toBe(before);
  });
});

describe("after all of this", () => {
  it("no prototype was changed", () => {
    expect(prototypes()).toEqual(prototypesBefore);
    expect(Object.keys({})).toEqual([]);
  });

  it(`at least ${DEPTH * 20_000} cases were run, each within 50 ms`, () => {
    process.stderr.write(
      `bad-input: ${inProcess.count} in process, median ${inProcess.medianMs().toFixed(3)} ms, max ${inProcess.maxMs().toFixed(1)} ms; ` +
        `${overHttp.count} over HTTP, median ${overHttp.medianMs().toFixed(2)} ms, max ${overHttp.maxMs().toFixed(1)} ms\n`,
    );
    expect(inProcess.count + overHttp.count).toBeGreaterThanOrEqual(DEPTH * 20_000);
    expect([inProcess.maxMs() < LIMIT_MS, overHttp.maxMs() < LIMIT_MS]).toEqual([true, true]);
    expect(inProcess.medianMs()).toBeLessThan(1);
    expect(overHttp.medianMs()).toBeLessThan(LIMIT_MS / 2);
  });

  it("nothing unexpected was logged, and no text of a caller", () => {
    const lines = server.logged.map((line) => JSON.parse(line) as { level: number });
    expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
  });
});

import diagnostics from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { ValidateFunction } from "ajv";
import { createAjv } from "../../connector/validator.ts";
import { toIssues } from "../../json-schema/issues.ts";
import type { ShapeName } from "../../schemas/types/index.ts";
import type { ReplyFacts, RouteFacts } from "../../server/http/route.ts";
import { createShapes } from "../../server/http/shapes.ts";
import { allRoutes } from "../../server/routes/index.ts";

export interface ReplyWatch {
  /** Replies that routes say they give, and gave: `GET /healthz 200 health`. */
  readonly met: ReadonlySet<string>;
  /** Ends the watch. @throws Error where an answer was not as its route says */
  end(): void;
}

/** Reads along what the server on this port answers, whoever asks, and holds it against what the routes say of their replies. */
export function watchReplies(port: number): ReplyWatch {
  const met = new Set<string>();
  const wrong: string[] = [];
  const validatorOf = createValidatorOf();

  function onRequest(message: unknown): void {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort !== port || request.method === "HEAD") return;
    const chunks = readAlong(response);
    const [path = ""] = (request.url ?? "").split("?");
    response.once("finish", () => tryLook(`${request.method} ${path}`, response, Buffer.concat(chunks)));
  }

  /** Never throws: it would be the server that ends of it. */
  function tryLook(asked: string, response: ServerResponse, raw: Buffer): void {
    try {
      look(asked, response, raw);
    } catch (error) {
      note(asked, [String(error)]);
    }
  }

  function look(asked: string, response: ServerResponse, raw: Buffer): void {
    // Node has refused it by itself: it never reached us.
    if (!response.hasHeader("x-request-id")) return;
    const type = String(response.getHeader("content-type") ?? "");
    const text = DECODERS[String(response.getHeader("content-encoding"))]?.(raw) ?? raw;
    const answer = { status: response.statusCode, type, text: text.toString() };
    if (type.startsWith("application/problem+json")) {
      note(asked, issuesOf("problem", [JSON.parse(answer.text)]));
      return;
    }
    // People are told of a failure by a page.
    if (response.statusCode >= 400 && type.startsWith("text/html")) return;
    const route = allRoutes.find((one) => matches(one, asked));
    if (route === undefined) return;
    const failures: string[] = [];
    for (const reply of route.replies) {
      const issues = compare(reply, answer);
      if (issues.length === 0) {
        met.add(replyName(route, reply));
        return;
      }
      failures.push(...issues);
    }
    note(asked, failures);
  }

  function compare(reply: ReplyFacts, { status, type, text }: { status: number; type: string; text: string }): string[] {
    if (reply.status !== status) return [`${status} in place of ${reply.status}`];
    if ("lines" in reply) {
      if (!type.startsWith("application/x-ndjson")) return [`${type} in place of lines`];
      return issuesOf(
        reply.lines,
        text
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      );
    }
    if ("events" in reply) {
      if (!type.startsWith("text/event-stream")) return [`${type} in place of events`];
      const data = text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6))] : []));
      return issuesOf(reply.events, data);
    }
    if ("text" in reply) return type.startsWith(reply.text) ? [] : [`${type} in place of ${reply.text}`];
    if (!("shape" in reply)) return text === "" ? [] : ["a body in place of none"];
    return type.startsWith("application/json") ? issuesOf(reply.shape, [JSON.parse(text)]) : [`${type} in place of JSON`];
  }

  function issuesOf(shape: ShapeName, values: readonly unknown[]): string[] {
    const validate = validatorOf(shape);
    return values.flatMap((value) =>
      validate(value) ? [] : toIssues(validate.errors).map(({ pointer, message }) => `${shape}: ${pointer} ${message}`),
    );
  }

  function note(asked: string, issues: readonly string[]): void {
    if (issues.length > 0) wrong.push(`${asked}: ${issues.join("; ")}`);
  }

  diagnostics.subscribe("http.server.request.start", onRequest);
  return {
    met,
    end() {
      diagnostics.unsubscribe("http.server.request.start", onRequest);
      if (wrong.length > 0) throw new Error(`answers are not as their routes say:\n${[...new Set(wrong)].join("\n")}`);
    },
  };
}

const DECODERS: Readonly<Record<string, (raw: Buffer) => Buffer>> = { gzip: gunzipSync, br: brotliDecompressSync };

export function replyName({ method, path }: RouteFacts, reply: ReplyFacts): string {
  const what =
    "lines" in reply
      ? ` ${reply.lines} lines`
      : "events" in reply
        ? ` ${reply.events} events`
        : "shape" in reply
          ? ` ${reply.shape}`
          : "text" in reply
            ? ` ${reply.text}`
            : "";
  return `${method} ${path} ${reply.status}${what}`;
}

/** Addresses may lie below the path of a public address. */
function matches({ method, path }: RouteFacts, asked: string): boolean {
  return new RegExp(`^${method} (?:/[\\w-]+)*?${path.replace(/:\w+/g, "[^/]+")}$`).test(asked);
}

function createValidatorOf(): (name: ShapeName) => ValidateFunction {
  const ajv = createAjv({ allErrors: true });
  const shapeOf = createShapes();
  const compiled = new Map<ShapeName, ValidateFunction>();
  return (name) => {
    const validate = compiled.get(name) ?? (ajv.compile(shapeOf(name)) as ValidateFunction);
    compiled.set(name, validate);
    return validate;
  };
}

function readAlong(response: ServerResponse): Buffer[] {
  const chunks: Buffer[] = [];
  const { write, end } = response;
  const keep = (chunk: unknown) => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
  };
  response.write = ((...args: Parameters<typeof write>) => {
    keep(args[0]);
    return write.apply(response, args);
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    keep(args[0]);
    return end.apply(response, args);
  }) as typeof end;
  return chunks;
}

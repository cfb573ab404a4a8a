import type { QueryParameter, RouteFacts } from "../server/http/route.ts";
import { allRoutes } from "../server/routes/index.ts";
import { pascal } from "./pascal.ts";

/** Renders every route of the API as a type: what it takes and what it answers. */
export function renderRoutes(banner: string): string {
  const named = allRoutes.flatMap(({ body, replies }) => [body ?? [], replies.flatMap((reply) => shapeOf(reply) ?? [])].flat());
  return [
    banner,
    ...[...new Set(named)].sort().map((name) => `import type { ${pascal(name)} } from "./platform/${name}.ts";`),
    "",
    "/** Every route of the API. `reply`: its JSON, undefined where it answers nothing; `line`: a line of its NDJSON, or the data of an event; `text`: where it can answer text. */",
    "export interface Routes {",
    ...allRoutes.flatMap((route) => [`  /** ${route.summary} */`, `  "${route.method} ${route.path}": ${toType(route)};`]),
    "}",
    "",
    "export type RouteName = keyof Routes;",
    "",
  ].join("\n");
}

function toType({ path, query = {}, body, replies }: RouteFacts): string {
  const params = [...path.matchAll(/:(\w+)/g)].map(([, name]) => `readonly ${name}: string`);
  const asked = Object.entries(query).map(([name, parameter]) => `readonly ${name}?: ${parameterType(parameter)}`);
  // The others are no answer to read: an error, or "as you have it".
  const answers = replies.filter(({ status }) => status < 300);
  const json = answers.flatMap((reply) => ("shape" in reply ? pascal(reply.shape) : reply.status === 204 ? "undefined" : []));
  const lines = replies.flatMap((reply) =>
    "lines" in reply ? pascal(reply.lines) : "events" in reply ? pascal(reply.events) : [],
  );
  return [
    `{ params: ${object(params)}`,
    ` query: ${object(asked)}`,
    ` body: ${body === undefined ? "undefined" : pascal(body)}`,
    ` reply: ${json.join(" | ") || "never"}`,
    ` line: ${lines.join(" | ") || "never"}`,
    ` text: ${replies.some((reply) => "text" in reply) ? "string" : "never"} }`,
  ].join(";");
}

function object(properties: readonly string[]): string {
  return properties.length === 0 ? "Record<never, never>" : `{ ${properties.join("; ")} }`;
}

function parameterType(parameter: QueryParameter): string {
  if ("enum" in parameter) return parameter.enum.map((word) => JSON.stringify(word)).join(" | ");
  return parameter.type === "integer" ? "number" : parameter.type;
}

function shapeOf(reply: RouteFacts["replies"][number]) {
  return "lines" in reply ? reply.lines : "events" in reply ? reply.events : "shape" in reply ? reply.shape : undefined;
}

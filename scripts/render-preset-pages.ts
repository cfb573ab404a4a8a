import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { Match, Source, TriggerPreset } from "../schemas/types/platform/trigger-preset.ts";
import { contentParts } from "../triggers/signing.ts";

/** A page for each preset and an index of them: file name → content. */
export function renderPresetPages(presets: readonly TriggerPreset[]): ReadonlyMap<string, string> {
  const pages = presets.map((preset) => [`${preset.id}.md`, renderPage(preset)] as const);
  return new Map([["README.md", renderIndex(presets)], ...pages]);
}

function renderIndex(presets: readonly TriggerPreset[]): string {
  const rows = presets.map((preset) => {
    const signature = `${code(preset.signature.from ?? "header:authorization")}`;
    const age = preset.tolerance === null ? "no limit: no time is signed" : `${preset.tolerance.past} s`;
    return `| [${preset.title}](${preset.id}.md) | ${signature} | ${age} | ${whereReference(preset)} |`;
  });
  return page("triggers/presets/", [
    "# Senders of webhooks",
    "",
    "A preset says as data how a sender signs its deliveries and what they say; none has code of its own. Each page tells what to click at the sender, which of its words mean which outcome, and how a delivery looks.",
    "",
    "| preset | signature | age of a delivery | reference |",
    "|---|---|---|---|",
    ...rows,
    "",
    "The format, and what becomes of a delivery that was changed on its way: [decision 27](../decisions/0027-senders-as-data.md). A preset of one's own is the same JSON (`schemas/platform/trigger-preset.json`), kept with its endpoint: begin with [that of any sender with an HMAC signature](hmac.md).",
  ]);
}

function renderPage(preset: TriggerPreset): string {
  const { id, title, docs, setup, notes = [], events = [], sample } = preset;
  return page(`triggers/presets/${id}.json`, [
    `# ${title}`,
    "",
    `Preset \`${id}\`.${docs ? ` The sender's own documentation: <${docs}>.` : ""} [All senders](README.md).`,
    "",
    "## Set up",
    "",
    ...setup.map((step, at) => `${at + 1}. ${step}`),
    ...(events.length > 0 ? ["", "Events:", "", "```text", ...events, "```"] : []),
    ...(notes.length > 0 ? ["", "## What to know", "", ...notes.map((note) => `- ${note}`)] : []),
    "",
    "## What a delivery means",
    "",
    ...renderDecision(preset),
    "",
    "## What is read from a delivery",
    "",
    ...renderPlaces(preset),
    "",
    "## How it is verified",
    "",
    ...renderSignature(preset).map((line) => `- ${line}`),
    ...renderPersonal(preset),
    ...(sample
      ? ["", "## A delivery", "", "Values are invented.", "", "```json", JSON.stringify(sample.body, null, 2), "```"]
      : []),
  ]);
}

function renderDecision({ decision }: TriggerPreset): string[] {
  if (decision.cases.length === 0)
    return ["Nothing is decided: the outcome is always `ignored`, and `trigger.body` holds what the sender says."];
  const rows = decision.cases.map(({ when, outcome }) => {
    const conditions = Object.entries(when).map(([place, match]) => `${code(place)} ${say(match as Match)}`);
    return `| ${conditions.join(" and ")} | \`${outcome}\` |`;
  });
  return [
    "The first row that holds gives `trigger.verification.outcome`. `pending` and `ignored` start nothing unless a workflow's trigger asks for them.",
    "",
    "| where | outcome |",
    "|---|---|",
    ...rows,
    `| anything else | \`${decision.else}\` |`,
  ];
}

function say(match: Match): string {
  if (typeof match !== "object" || match === null) return `is ${code(JSON.stringify(match))}`;
  return "present" in match ? "is there" : `is ${match.map((one) => code(JSON.stringify(one))).join(" or ")}`;
}

function renderPlaces(preset: TriggerPreset): string[] {
  const { reference, link, subject, eventType, eventId, createdAt, test } = preset;
  const rows: [what: string, from: string | undefined][] = [
    ["`reference`: the id that you gave the sender", reference && describe(reference)],
    ["`link`: the key of a saved reference, where there is none", link && describe(link)],
    ["`subject`: the sender's id of the check", subject && describe(subject)],
    ["`eventType`", eventType && describe(eventType)],
    ["`eventId`: equal for repeated deliveries", describe(eventId)],
    ["`createdAt`", createdAt && `${describe(createdAt.from)}, ${UNITS[createdAt.unit]}`],
    ["`test`", test?.map(({ from, equals }) => `${code(from)} is ${code(JSON.stringify(equals))}`).join(" or ")],
  ];
  return [
    "| `trigger.verification` | from |",
    "|---|---|",
    ...rows.flatMap(([what, from]) => (from ? [`| ${what} | ${from} |`] : [])),
  ];
}

const UNITS = {
  s: "seconds since 1970",
  ms: "milliseconds since 1970",
  iso: "RFC 3339",
  utc: "`yyyy-MM-dd HH:mm:ss.SSS` in UTC",
} as const;

function renderPersonal({ schema }: TriggerPreset): string[] {
  const places = [...personalIn((schema ?? {}) as JsonSchema, "")];
  if (places.length === 0) return [];
  return ["", "## What is hidden", "", `Hidden where people see a delivery: ${places.map(code).join(", ")}.`];
}

function* personalIn({ "x-sensitive": mark, properties = {} }: JsonSchema, pointer: string): Generator<string> {
  if (mark === "pii" || mark === "secret") yield pointer;
  for (const [name, field] of Object.entries(properties as Record<string, JsonSchema>))
    yield* personalIn(field, `${pointer}/${name}`);
}

function renderSignature({ signature, tolerance, match = [] }: TriggerPreset): string[] {
  const {
    scheme,
    from = "header:authorization",
    algorithm = "sha256",
    encoding = "hex",
    key = "text",
    content = "{body}",
    timestamp,
  } = signature;
  const signed = contentParts(content).map((part) => SIGNED[part] ?? code(part.replace(/^\{(.*)\}$/, "$1")));
  const algorithms =
    typeof algorithm === "string"
      ? algorithm
      : `${Object.values(algorithm.values).join(" or ")}, as ${code(algorithm.from)} says`;
  return [
    scheme === "hmac"
      ? `${code(from)} holds the HMAC (${algorithms}) in ${encoding}, its key the secret ${KEYS[key]}.`
      : `${code(from)} holds the secret itself (${scheme}).`,
    ...(scheme === "hmac"
      ? [`Signed is: ${signed.join(", then ")}.${content.includes("{body}") ? "" : " Not what the delivery says."}`]
      : []),
    ...match.map(({ from: place, setting }) => `${code(place)} must equal the setting \`${setting}\`.`),
    tolerance === null
      ? "No time is signed: a delivery has no age limit. Repeated ones are known by their event for 30 days."
      : `The time in ${code(timestamp?.from ?? "")} may lie ${tolerance.past} s back and ${tolerance.future} s ahead.`,
  ];
}

const SIGNED: Readonly<Record<string, string>> = {
  "{body}": "the body as it was sent",
  "{timestamp}": "the time as it was sent",
};
const KEYS = {
  text: "as text",
  base64: "decoded from base64",
  hex: "decoded from hex",
  whsec: "decoded from base64, without `whsec_`",
} as const;

function describe(source: Source): string {
  if (typeof source === "string") return source === "body:sha256" ? "the fingerprint of the body" : code(source);
  return "join" in source
    ? source.join.map(describe).join(" + ")
    : `the first there is of ${source.firstOf.map(describe).join(", ")}`;
}

/** Where reports hold no reference, they hold what it is looked up by. */
function whereReference({ reference, link }: TriggerPreset): string {
  if (link !== undefined) return `saved, by ${code(firstOf(link))}`;
  return reference === undefined ? "-" : code(firstOf(reference));
}

function firstOf(source: Source): string {
  if (typeof source === "string") return source;
  return firstOf(("join" in source ? source.join : source.firstOf)[0] as Source);
}

function code(text: string): string {
  return `\`${text}\``;
}

function page(source: string, lines: readonly string[]): string {
  return [`<!-- Generated by scripts/generate-pages.ts from ${source}. Do not edit. -->`, "", ...lines, ""].join("\n");
}

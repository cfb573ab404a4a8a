import type { Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { violations } from "../json-schema/violations.ts";
import type { Source, TriggerPreset } from "../schemas/types/platform/trigger-preset.ts";
import { contentParts } from "./signing.ts";

/**
 * What is wrong with a preset: by its schema (schemas/platform/trigger-preset.json, given resolved), then what a schema cannot say. Above all, that what makes an event the same one,
 * its time and an approval are read from what the sender signed, and not from what anybody could write beside it.
 */
export function findPresetIssues(schema: JsonSchema, preset: unknown): Issue[] {
  const issues = violations(schema, preset);
  return issues.length > 0 ? issues : RULES.flatMap((rule) => rule(preset as TriggerPreset));
}

type Rule = (preset: TriggerPreset) => Issue[];

const demand = (holds: boolean, pointer: string, message: string): Issue[] =>
  holds ? [] : [{ pointer, keyword: "reference", message }];

const RULES: readonly Rule[] = [checkSettings, checkLayout, checkContent, checkTime, checkEventId, checkApprovals];

function checkSettings({ settings, signature, match = [] }: TriggerPreset): Issue[] {
  const names = settings.map(({ name }) => name);
  return [
    ...demand(new Set(names).size === names.length, "/settings", "names a setting twice"),
    ...demand(signature.scheme === "none" || names.includes("secret"), "/settings", "needs a setting named secret"),
    ...match.flatMap(({ setting }, at) => demand(names.includes(setting), `/match/${at}/setting`, "is not a setting")),
  ];
}

function checkLayout({ signature }: TriggerPreset): Issue[] {
  const { scheme, from, layout = "plain", label, prefix, timestamp } = signature;
  const isPlain = layout === "plain";
  return [
    ...demand(scheme !== "hmac" || from !== undefined, "/signature/from", "is required for a signature"),
    ...demand(isPlain === (label === undefined), "/signature/label", "is what pairs and tagged need, and plain has not"),
    ...demand(isPlain || prefix === undefined, "/signature/prefix", "is for plain signatures"),
    ...demand(
      layout === "pairs" || timestamp?.from.startsWith("pair:") !== true,
      "/signature/timestamp/from",
      "is a pair, which only the layout pairs has",
    ),
  ];
}

function checkContent({ signature }: TriggerPreset): Issue[] {
  return holesOf(signature).flatMap((hole) => [
    ...demand(
      /^(?:body$|timestamp$|header:[a-z0-9-]+$|\/.)/.test(hole),
      "/signature/content",
      `holds {${hole}}, which is nothing of a delivery`,
    ),
    ...demand(
      hole !== "timestamp" || signature.timestamp !== undefined,
      "/signature/content",
      "holds {timestamp}, but no timestamp is declared",
    ),
  ]);
}

function checkTime({ signature, tolerance }: TriggerPreset): Issue[] {
  const { timestamp } = signature;
  const isSigned =
    timestamp === undefined || holesOf(signature).includes("timestamp") || isSignedPlace(signature, timestamp.from);
  return [
    ...demand(isSigned, "/signature/timestamp", "is not signed"),
    ...demand(
      (tolerance === null) === (timestamp === undefined),
      "/tolerance",
      "goes with signature.timestamp: both, or null and none",
    ),
  ];
}

function checkEventId({ signature, eventId }: TriggerPreset): Issue[] {
  return placesIn(eventId).flatMap((place) =>
    demand(isSignedPlace(signature, place), "/eventId", `is read from ${place}, which is not signed`),
  );
}

function checkApprovals({ signature, decision }: TriggerPreset): Issue[] {
  const cases = decision.cases.flatMap(({ when, outcome }, at) =>
    demand(
      outcome !== "approved" || Object.keys(when).some((place) => isSignedPlace(signature, place)),
      `/decision/cases/${at}/when/${escapePointer(Object.keys(when)[0] ?? "")}`,
      "is not signed, and may not alone mean approved",
    ),
  );
  return [...cases, ...demand(decision.else !== "approved", "/decision/else", "may not be approved")];
}

function isSignedPlace(signature: TriggerPreset["signature"], place: string): boolean {
  // What has no signature has no more than its secret: nothing tells its parts apart.
  if (signature.scheme !== "hmac" || place === "body:sha256") return true;
  const holes = holesOf(signature);
  return holes.includes(place) || (place.startsWith("/") && holes.includes("body"));
}

function holesOf({ content = "{body}" }: TriggerPreset["signature"]): string[] {
  return contentParts(content).flatMap((part) => (part.startsWith("{") ? [part.slice(1, -1)] : []));
}

function placesIn(source: Source): string[] {
  if (typeof source === "string") return [source];
  return ("join" in source ? source.join : source.firstOf).flatMap(placesIn);
}

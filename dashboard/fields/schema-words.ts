import { variantsOf } from "../../json-schema/describe.ts";
import type { Schema } from "../api/connector.ts";

/** What kind of value a schema takes, in words: "list of text", "text or Contact, may be empty". */
export function toTypeWords(schema: Schema): string {
  const variants = variantsOf(schema);
  const kinds = variants.length > 0 ? variants.filter(({ type }) => type !== "null").map(toTypeWords) : kindsOf(schema);
  const words = [...new Set(kinds)].join(" or ") || "anything";
  return isNullable(schema) ? `${words}, may be empty` : words;
}

/** What else a value must keep to, in short sentences. Lists tell it of their items too. */
export function toLimits(schema: Schema): string[] {
  const {
    minimum,
    maximum,
    minItems,
    maxItems,
    default: preset,
  } = schema as Schema & Readonly<Record<string, number | undefined>>;
  const hasSmallMaximum = maximum !== undefined && Math.abs(maximum) < Number.MAX_SAFE_INTEGER / 10;
  return [
    ...(minimum !== undefined && hasSmallMaximum ? [`${minimum} to ${maximum.toLocaleString("en")}`] : []),
    ...(maxItems !== undefined ? [`${minItems ?? 0} to ${maxItems} of them`] : []),
    ...(preset !== undefined ? [`Default: ${typeof preset === "string" ? preset : JSON.stringify(preset)}`] : []),
  ];
}

/** The values that are allowed, where only some are. */
export function toAllowed(schema: Schema): readonly unknown[] {
  return schema.enum ?? (schema.const !== undefined ? [schema.const] : (schema.items?.enum ?? []));
}

function kindsOf({ type, format, items, title, ...rest }: Schema): string[] {
  if (rest.enum || rest.const !== undefined) return ["one of the allowed values"];
  const types = typeof type === "string" ? [type] : (type ?? []);
  // The server takes both ways to write a time.
  if (format === "date-time" && types.includes("integer")) return ["time"];
  return types
    .filter((one) => one !== "null")
    .map((one) => {
      if (one === "array") return items === undefined ? "list" : `list of ${toItemWords(items)}`;
      if (one === "object") return title ?? "object";
      if (one === "string") return STRINGS[format ?? ""] ?? "text";
      if (one === "integer") return rest["x-unit"] === "ms" ? "time in milliseconds" : "whole number";
      return one === "boolean" ? "true or false" : one;
    });
}

function toItemWords(items: Schema): string {
  return items.enum ? "allowed values" : toTypeWords(items);
}

const STRINGS: Record<string, string> = {
  email: "email address",
  "date-time": "date and time",
  date: "date",
  uri: "web address",
};

function isNullable(schema: Schema): boolean {
  const { type } = schema;
  return (Array.isArray(type) && type.includes("null")) || variantsOf(schema).some((variant) => variant.type === "null");
}

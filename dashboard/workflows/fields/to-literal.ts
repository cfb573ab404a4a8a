import type { Schema } from "../../api/connector.ts";

/** What was typed, as the kind of value that the schema takes. What is none of that kind stays text, so that it can be seen and put right. */
export function toLiteral(text: string, { type }: Schema): unknown {
  const types = [type ?? []].flat();
  if (text.includes("{{") || types.includes("string")) return text;
  if ((types.includes("integer") || types.includes("number")) && /^-?\d{1,15}(\.\d+)?$/.test(text.trim())) return Number(text);
  if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
}

export function toWritten(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

import type { Schema } from "../api/schema.ts";

export type FieldType = "text" | "number" | "integer" | "boolean" | "texts" | "choice" | "time";

/** A field of a trigger's input, as the list of fields shows it. */
export interface InputField {
  readonly name: string;
  readonly type: FieldType;
  readonly isRequired: boolean;
  readonly choices: readonly string[];
  /** What else the schema says of it. */
  readonly rest: Schema;
}

export const FIELD_TYPES: readonly { readonly value: FieldType; readonly label: string }[] = [
  { value: "text", label: "Text" },
  { value: "number", label: "Number" },
  { value: "integer", label: "Whole number" },
  { value: "boolean", label: "Yes or no" },
  { value: "time", label: "Date and time" },
  { value: "texts", label: "List of texts" },
  { value: "choice", label: "One of a list" },
];

/** The fields of a schema; undefined where it says more than a list of fields can show. */
export function toInputFields(schema: Schema | undefined): readonly InputField[] | undefined {
  if (schema === undefined) return [];
  const { type, properties, required: _required, additionalProperties, ...others } = schema;
  const isPlain =
    type === "object" && Object.keys(others).length === 0 && [undefined, false].includes(additionalProperties as undefined);
  if (!isPlain) return undefined;
  const fields = Object.entries(properties ?? {}).map(([name, field]) =>
    toField(name, field, schema.required?.includes(name) ?? false),
  );
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

function toField(name: string, schema: Schema, isRequired: boolean): InputField | undefined {
  const { type, enum: allowed, format, items, ...rest } = schema;
  const field = (kind: FieldType, more: Schema = rest, choices: readonly string[] = []) => ({
    name,
    type: kind,
    isRequired,
    choices,
    rest: more,
  });
  if (allowed !== undefined)
    return allowed.every((value) => typeof value === "string") && (type === undefined || type === "string")
      ? field("choice", rest, allowed as string[])
      : undefined;
  if (type === "string")
    return format === "date-time" ? field("time") : field("text", format === undefined ? rest : { ...rest, format });
  if (type === "number" || type === "integer" || type === "boolean") return field(type);
  const isTexts = type === "array" && items?.type === "string" && Object.keys(items).length === 1;
  return isTexts ? field("texts") : undefined;
}

/** Undefined where there are no fields: the run takes no input then. */
export function toInputSchema(fields: readonly InputField[]): Schema | undefined {
  const named = fields.filter(({ name }) => name !== "");
  if (named.length === 0) return undefined;
  const required = named.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: "object",
    ...(required.length > 0 && { required: [...new Set(required)] }),
    properties: Object.fromEntries(named.map((field) => [field.name, toSchema(field)])),
    additionalProperties: false,
  };
}

function toSchema({ type, choices, rest }: InputField): Schema {
  switch (type) {
    case "text":
      return { ...rest, type: "string" };
    case "time":
      return { ...rest, type: "string", format: "date-time" };
    case "texts":
      return { ...rest, type: "array", items: { type: "string" } };
    case "choice":
      return { ...rest, type: "string", enum: choices };
    default:
      return { ...rest, type };
  }
}

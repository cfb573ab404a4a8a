import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import type { Schema } from "../api/connector.ts";

export interface FormSchema {
  readonly schema: RJSFSchema;
  readonly uiSchema: UiSchema;
}

/** Which widget shows a field; decided from its schema alone, for every operation alike. */
export type WidgetName = "OptionsField" | "ChoiceField" | "TextListField" | "TimeField" | "YesNoField";

/**
 * What the form library needs to draw an operation's input: the schema with one type per field and without defaults (a default is said in
 * words; what was not chosen is not sent), and the widget of each field that the library has none for.
 */
export function toFormSchema(input: Schema): FormSchema {
  return toFields(input, input.required ?? []);
}

function toFields(schema: Schema, required: readonly string[]): FormSchema {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, toField(field)] as const);
  return {
    schema: {
      type: "object",
      title: schema.title,
      description: schema.description,
      properties: Object.fromEntries(fields.map(([name, field]) => [name, field.schema])),
      required: [...required],
    },
    uiSchema: Object.fromEntries(fields.map(([name, { uiSchema }]) => [name, uiSchema])),
  };
}

/** The widget that a field is drawn with; undefined: the library's own. */
export function widgetOf(field: Schema): WidgetName | undefined {
  if (field["x-unit"] === "ms") return "TimeField";
  if (typeof field["x-options"] === "string") return "OptionsField";
  if (field.enum !== undefined || field.items?.enum !== undefined) return "ChoiceField";
  if (isArrayOfText(field)) return "TextListField";
  if (field.type === "boolean") return "YesNoField";
  return undefined;
}

function toField(field: Schema): FormSchema {
  const widget = widgetOf(field);
  // What an object needs it needs only if it is given at all, and then the check says so; an entry of a list is given.
  if (field.type === "object" && field.properties !== undefined) return toFields(field, []);
  if (widget === undefined && field.items?.type === "object") return toList(field, field.items);
  const { default: byDefault, examples: _examples, ...plain } = field;
  // The widget writes one kind of value; what is sent is checked against the operation's own schema.
  const schema =
    widget === "TimeField" ? { type: "string", title: field.title, description: firstSentence(field) } : oneType(plain);
  return {
    schema: schema as RJSFSchema,
    uiSchema: {
      ...(widget !== undefined && { "ui:widget": widget }),
      "ui:placeholder": placeholderOf(field, byDefault),
      "ui:options": { list: field["x-options"], multiple: isArrayOfText(field), isCurrent: field["x-current"] === true },
    },
  };
}

function toList({ title, description }: Schema, entry: Schema): FormSchema {
  const { schema, uiSchema } = toFields(entry, entry.required ?? []);
  return { schema: { type: "array", title, description, items: schema }, uiSchema: { items: uiSchema } };
}

/** A field that may be null is simply not filled in. */
function oneType({ type, enum: allowed, ...field }: Schema): Schema {
  const types = [type ?? []].flat().filter((one) => one !== "null");
  return {
    ...field,
    ...(types.length > 0 && { type: types.length === 1 ? (types[0] as string) : types }),
    ...(allowed !== undefined && { enum: allowed.filter((value) => value !== null) }),
  };
}

function placeholderOf(field: Schema, byDefault: unknown): string {
  if (byDefault !== undefined) return `${String(byDefault)} if left empty`;
  if (typeof field["x-options"] === "string") return "Search by name, or type an ID";
  return field["x-placeholder"] ?? "";
}

/** The rest explains how to write a time by hand. */
function firstSentence({ description = "" }: Schema): string {
  return /^.*?\.(?=\s|$)/.exec(description)?.[0] ?? description;
}

function isArrayOfText(field: Schema): boolean {
  return field.type === "array" && field.items?.type === "string";
}

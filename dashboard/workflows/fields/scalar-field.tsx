import { MappedInput } from "../mapping/mapped-input.tsx";
import { FieldNotes } from "./field-notes.tsx";
import type { SchemaFieldProps } from "./schema-field-props.ts";
import { useFindings } from "./step-scope.ts";
import { toLiteral, toWritten } from "./to-literal.ts";
import { useFieldChoices } from "./use-field-choices.ts";

/** One value: text, a number, yes or no, one of a list. */
export function ScalarField({ name, pointer, schema, isRequired, value, onChange }: SchemaFieldProps) {
  const written = toWritten(value);
  const findings = useFindings(pointer);
  return (
    <MappedInput
      label={schema.title ?? name}
      description={schema.description}
      required={isRequired}
      placeholder={
        schema["x-placeholder"] ?? (typeof schema["x-options"] === "string" ? "Search by name, or type an ID" : undefined)
      }
      value={written}
      onChange={(text) => onChange(text === "" ? undefined : toLiteral(text, schema))}
      isWrong={findings.some(({ severity }) => severity === "error")}
      isMultiline={written.length > 120 || written.includes("\n") || Number(schema.maxLength ?? 0) > 1000}
      notes={<FieldNotes pointer={pointer} value={value} schema={schema} />}
      {...useFieldChoices(schema, written)}
    />
  );
}

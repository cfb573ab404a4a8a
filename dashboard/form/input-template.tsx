import { TextInput } from "@mantine/core";
import type { BaseInputTemplateProps } from "@rjsf/utils";
import { describedBy, toFieldProps } from "./widgets/field-props.ts";

const NUMERIC = ["integer", "number"];

/** A line of text, or a number. What is no number stays text, so that it can be seen and put right. */
export function InputTemplate(props: BaseInputTemplateProps) {
  const { schema, value, onChange } = props;
  const isNumeric = NUMERIC.includes(String(schema.type));
  return (
    <TextInput
      {...toFieldProps(props)}
      {...describedBy(props)}
      inputMode={isNumeric ? "numeric" : undefined}
      value={value === undefined || value === null ? "" : String(value)}
      onChange={({ currentTarget }) => onChange(toValue(currentTarget.value, isNumeric))}
      autoComplete="off"
    />
  );
}

function toValue(text: string, isNumeric: boolean): string | number | undefined {
  if (text === "") return undefined;
  return isNumeric && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}

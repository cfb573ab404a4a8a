import { TagsInput } from "@mantine/core";
import type { WidgetProps } from "@rjsf/utils";
import { describedBy, toFieldProps } from "./field-props.ts";

/** A list of words. Enter adds one; so does leaving the field, so that nothing typed is lost. Spelling is kept as it is. */
export function TextListField(props: WidgetProps) {
  return (
    <TagsInput
      {...toFieldProps(props)}
      {...describedBy(props)}
      value={(props.value as string[] | undefined) ?? []}
      onChange={(values) => props.onChange(values.length === 0 ? undefined : values)}
      isDuplicate={(value, known) => known.includes(value)}
      splitChars={[]}
      acceptValueOnBlur
      clearable
    />
  );
}

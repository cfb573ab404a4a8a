import { Input, SegmentedControl } from "@mantine/core";
import type { WidgetProps } from "@rjsf/utils";
import { describedBy, toFieldProps } from "./field-props.ts";

const CHOICES = [
  { value: "", label: "Not set" },
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
];

/** Yes, no, or not said at all: for a service these are three different things. */
export function YesNoField(props: WidgetProps) {
  const { id, label, required, error, disabled } = toFieldProps(props);
  return (
    <Input.Wrapper
      id={id}
      label={label}
      labelElement="div"
      labelProps={{ id: `${id}-label` }}
      required={required}
      error={error}
      {...describedBy(props)}
    >
      <SegmentedControl
        mt={4}
        aria-labelledby={`${id}-label`}
        data={required ? CHOICES.slice(1) : CHOICES}
        value={props.value === undefined ? "" : String(props.value)}
        disabled={disabled}
        onChange={(value) => props.onChange(value === "" ? undefined : value === "true")}
      />
    </Input.Wrapper>
  );
}

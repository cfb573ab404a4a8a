import type { WidgetProps } from "@rjsf/utils";
import { OptionsSelect } from "../../fields/options-select.tsx";
import type { FormContext } from "../form-context.ts";
import { describedBy, toFieldProps } from "./field-props.ts";

/** A field with a pick list behind it: chosen by name, or given as a raw id. */
export function OptionsField(props: WidgetProps) {
  const { credential, record } = props.registry.formContext as FormContext;
  const { list, multiple, isCurrent } = props.options as { list: string; multiple: boolean; isCurrent: boolean };
  const shared = { ...toFieldProps(props), ...describedBy(props), credential, list };
  if (multiple)
    return (
      <OptionsSelect
        {...shared}
        multiple
        record={isCurrent ? record : undefined}
        value={(props.value as string[] | undefined) ?? []}
        onChange={(values) => props.onChange(values.length === 0 ? undefined : values)}
      />
    );
  return (
    <OptionsSelect
      {...shared}
      value={(props.value as string | undefined) ?? null}
      onChange={(value) => props.onChange(value ?? undefined)}
    />
  );
}

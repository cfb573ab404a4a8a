import type { WidgetProps } from "@rjsf/utils";

/** What every field of ours shows in the same way: name, explanation, example, errors. */
export function toFieldProps({ id, label, required, disabled, readonly, placeholder, rawErrors }: WidgetProps) {
  return {
    id,
    label,
    required,
    disabled: disabled || readonly,
    placeholder,
    error: rawErrors && rawErrors.length > 0 ? rawErrors.join("; ") : undefined,
  };
}

export function describedBy({ options, schema }: WidgetProps) {
  return { description: (options.description as string | undefined) ?? schema.description };
}

import { MultiSelect, Select } from "@mantine/core";
import type { WidgetProps } from "@rjsf/utils";
import { describedBy, toFieldProps } from "./field-props.ts";

/** One or several of the values that the schema allows. */
export function ChoiceField(props: WidgetProps) {
  const { schema, value, onChange } = props;
  const { multiple } = props.options as { multiple: boolean };
  const shared = { ...toFieldProps(props), ...describedBy(props), searchable: true, clearable: !props.required };
  const allowed = multiple ? (schema.items as { enum?: unknown[] }).enum : schema.enum;
  const data = (allowed ?? []).map(String);
  if (!multiple)
    return (
      <Select
        {...shared}
        data={data}
        value={(value as string | undefined) ?? null}
        onChange={(chosen) => onChange(chosen ?? undefined)}
      />
    );
  const chosen = (value as string[] | undefined) ?? [];
  return (
    <MultiSelect
      {...shared}
      placeholder={chosen.length > 0 ? "" : shared.placeholder}
      data={data}
      value={chosen}
      onChange={(values) => onChange(values.length === 0 ? undefined : values)}
    />
  );
}

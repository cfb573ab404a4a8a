import { TagsInput } from "@mantine/core";
import type { WidgetProps } from "@rjsf/utils";
import { useState } from "react";
import { useLeave } from "../../fields/use-leave.ts";
import { describedBy, toFieldProps } from "./field-props.ts";

/** A list of words. Enter adds one; so does leaving the field, so that nothing typed is lost. Spelling is kept as it is. */
export function TextListField(props: WidgetProps) {
  const [typed, setTyped] = useState("");
  const value = (props.value as string[] | undefined) ?? [];

  function change(values: readonly string[]) {
    props.onChange(values.length === 0 ? undefined : values);
  }

  const leave = useLeave(() => {
    const added = typed.trim();
    setTyped("");
    if (added !== "" && !value.includes(added)) change([...value, added]);
  });

  return (
    <TagsInput
      {...toFieldProps(props)}
      {...describedBy(props)}
      value={value}
      onChange={change}
      searchValue={typed}
      onSearchChange={setTyped}
      onBlur={leave}
      acceptValueOnBlur={false}
      isDuplicate={(one, known) => known.includes(one)}
      splitChars={[]}
      clearable
    />
  );
}

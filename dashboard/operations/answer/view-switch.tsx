import { SegmentedControl } from "@mantine/core";

export type View = "readable" | "json";

/** For people, or as it came. */
export function ViewSwitch({ value, onChange, label }: { value: View; onChange: (view: View) => void; label: string }) {
  return (
    <SegmentedControl<View>
      size="xs"
      aria-label={label}
      data={[
        { value: "readable", label: "Table" },
        { value: "json", label: "JSON" },
      ]}
      value={value}
      onChange={onChange}
    />
  );
}

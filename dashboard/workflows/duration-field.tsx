import { Group, Input, NumberInput, Select } from "@mantine/core";
import { useId } from "@mantine/hooks";

const UNITS = [
  { value: "s", label: "seconds" },
  { value: "m", label: "minutes" },
  { value: "h", label: "hours" },
  { value: "d", label: "days" },
] as const;

interface DurationFieldProps {
  readonly label: string;
  readonly description?: string;
  /** Such as `15m`. */
  readonly value: string;
  readonly onChange: (duration: string) => void;
}

export function DurationField({ label, description, value, onChange }: DurationFieldProps) {
  const id = useId();
  const [, count = "1", unit = "h"] = /^(\d+)([smhd])$/.exec(value) ?? [];
  return (
    <Input.Wrapper id={id} label={label} description={description}>
      <Group gap="xs" mt={4}>
        <NumberInput
          id={id}
          w={110}
          min={1}
          max={999_999}
          allowDecimal={false}
          value={Number(count)}
          onChange={(next) => Number(next) >= 1 && onChange(`${Math.trunc(Number(next))}${unit}`)}
        />
        <Select
          w={130}
          aria-label={`${label}: unit`}
          allowDeselect={false}
          data={[...UNITS]}
          value={unit}
          onChange={(next) => next !== null && onChange(`${count}${next}`)}
        />
      </Group>
    </Input.Wrapper>
  );
}

import "@mantine/dates/styles.css";
import { InlineDateTimePicker } from "@mantine/dates";
import dayjs from "dayjs";
import classes from "./time-choice.module.css";

export interface TimeChoiceProps {
  /** RFC 3339 in UTC. */
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  readonly onDone: () => void;
}

const KEPT = "YYYY-MM-DD HH:mm:ss";

/** Calendar and clock of a moment, with a few moments that are asked for often. */
export function TimeChoice({ value, onChange, onDone }: TimeChoiceProps) {
  return (
    <InlineDateTimePicker
      fullWidth={false}
      classNames={{ datePickerRoot: classes.root, presetsList: classes.presets }}
      weekendDays={[]}
      presets={presets()}
      value={value === undefined ? null : dayjs(value).format(KEPT)}
      onChange={(chosen) => onChange(chosen === null ? undefined : dayjs(chosen).toISOString())}
      onSubmit={onDone}
      submitButtonProps={{ "aria-label": "Use this time" }}
    />
  );
}

function presets() {
  const ago = (amount: number, unit: "hour" | "day") => dayjs().subtract(amount, unit).format(KEPT);
  return [
    { value: ago(1, "hour"), label: "An hour ago" },
    { value: ago(1, "day"), label: "A day ago" },
    { value: ago(7, "day"), label: "A week ago" },
    { value: ago(30, "day"), label: "30 days ago" },
    { value: ago(365, "day"), label: "A year ago" },
  ];
}

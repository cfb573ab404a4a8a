import { DateTimePicker } from "@mantine/dates";
import type { WidgetProps } from "@rjsf/utils";
import dayjs from "dayjs";
import { describedBy, toFieldProps } from "./field-props.ts";

const SHOWN = "YYYY-MM-DD HH:mm:ss";

/** A moment, chosen in the person's own time zone and sent as RFC 3339 in UTC. */
export function TimeField(props: WidgetProps) {
  const { value, onChange } = props;
  return (
    <DateTimePicker
      {...toFieldProps(props)}
      {...describedBy(props)}
      placeholder="Choose a time"
      valueFormat="DD MMM YYYY, HH:mm"
      clearable
      weekendDays={[]}
      popoverProps={{ withinPortal: true }}
      presets={presets()}
      value={value === undefined ? null : dayjs(value as string).format(SHOWN)}
      onChange={(chosen) => onChange(chosen === null ? undefined : dayjs(chosen).toISOString())}
    />
  );
}

function presets() {
  const ago = (amount: number, unit: "hour" | "day") => dayjs().subtract(amount, unit).format(SHOWN);
  return [
    { value: ago(1, "hour"), label: "An hour ago" },
    { value: ago(1, "day"), label: "A day ago" },
    { value: ago(7, "day"), label: "A week ago" },
    { value: ago(30, "day"), label: "30 days ago" },
    { value: ago(365, "day"), label: "A year ago" },
  ];
}

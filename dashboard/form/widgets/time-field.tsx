import { Input, InputBase, Popover, Text } from "@mantine/core";
import type { WidgetProps } from "@rjsf/utils";
import { type ComponentType, useState } from "react";
import { describedBy, toFieldProps } from "./field-props.ts";
import type { TimeChoiceProps } from "./time-choice.tsx";

const SHOWN = new Intl.DateTimeFormat("en-GB", {
  day: "2-digit",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/**
 * A moment, chosen in the person's own time zone and sent as RFC 3339 in UTC.
 *
 * The calendar is a tenth of the page that few calls need: it is loaded when somebody comes to a field, and opens once it is there.
 */
export function TimeField(props: WidgetProps) {
  const { onChange } = props;
  const value = props.value as string | undefined;
  const [Choice, setChoice] = useState<ComponentType<TimeChoiceProps>>();
  const [isOpen, setIsOpen] = useState(false);

  async function toggle(): Promise<void> {
    const choice = await loadChoice().catch(() => NotLoaded);
    setChoice(() => choice);
    setIsOpen(!isOpen);
  }

  return (
    <Popover position="bottom-start" opened={isOpen} onChange={setIsOpen} trapFocus>
      <Popover.Target>
        <InputBase
          {...toFieldProps(props)}
          {...describedBy(props)}
          component="button"
          type="button"
          pointer
          multiline
          styles={{ input: { lineHeight: "unset" } }}
          onPointerEnter={preload}
          onFocus={preload}
          onClick={() => void toggle()}
          __clearable={value !== undefined}
          __clearSection={<Input.ClearButton aria-label="Clear this time" onClick={() => onChange(undefined)} />}
        >
          {value === undefined ? <Input.Placeholder>Choose a time</Input.Placeholder> : SHOWN.format(new Date(value))}
        </InputBase>
      </Popover.Target>
      <Popover.Dropdown>
        {Choice && <Choice value={value} onChange={onChange} onDone={() => setIsOpen(false)} />}
      </Popover.Dropdown>
    </Popover>
  );
}

async function loadChoice(): Promise<ComponentType<TimeChoiceProps>> {
  return (await import("./time-choice.tsx")).TimeChoice;
}

/** A failure is told when the field is pressed. */
function preload(): void {
  loadChoice().catch(() => undefined);
}

function NotLoaded() {
  return <Text size="sm">The calendar could not be loaded. Reload the page, then choose the time again.</Text>;
}

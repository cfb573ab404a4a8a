import { List, Select, Stack, Text, TextInput } from "@mantine/core";
import { Cron } from "croner";
import { useMemo } from "react";
import type { Trigger } from "../api/workflows.ts";
import { useNow } from "../shell/use-now.ts";
import { FieldNotes } from "./fields/field-notes.tsx";

type Schedule = Extract<Trigger, { type: "schedule" }>;

const COMMON = [
  { value: "0 7 * * 1-5", label: "Every working day at 7:00" },
  { value: "0 7 * * *", label: "Every day at 7:00" },
  { value: "0 * * * *", label: "Every hour" },
  { value: "*/15 * * * *", label: "Every 15 minutes" },
  { value: "0 7 * * 1", label: "Every Monday at 7:00" },
  { value: "0 7 1 * *", label: "On the first of each month at 7:00" },
] as const;

/** When the clock starts runs, with the next times that follow from it. */
export function ScheduleEditor({ schedule, onChange }: { schedule: Schedule; onChange: (schedule: Schedule) => void }) {
  const minute = Math.floor(useNow(60_000) / 60_000);
  const { cron, timezone } = schedule;
  const next = useMemo(() => nextTimes(cron, timezone, minute * 60_000), [cron, timezone, minute]);
  return (
    <Stack gap="md">
      <Select
        label="When"
        maw={360}
        allowDeselect={false}
        data={[...COMMON, { value: "own", label: "Your own cron expression" }]}
        value={COMMON.some(({ value }) => value === cron) ? cron : "own"}
        onChange={(value) => value !== null && value !== "own" && onChange({ ...schedule, cron: value })}
      />
      <TextInput
        label="Cron expression"
        description="Minute, hour, day of the month, month, day of the week."
        required
        maw={360}
        maxLength={100}
        spellCheck={false}
        value={cron}
        error={"fault" in next ? next.fault : undefined}
        onChange={({ currentTarget }) => onChange({ ...schedule, cron: currentTarget.value })}
      />
      <Select
        label="Time zone"
        maw={360}
        searchable
        allowDeselect={false}
        limit={50}
        nothingFoundMessage="There is no time zone with this name"
        data={zones(timezone)}
        value={timezone}
        onChange={(value) => value !== null && onChange({ ...schedule, timezone: value })}
      />
      <FieldNotes pointer="/trigger" />
      {"times" in next && (
        <div>
          <Text size="sm" fw={550}>
            Next five times
          </Text>
          <List size="sm" aria-label="Next five times">
            {next.times.map((at) => (
              <List.Item key={at.toISOString()}>
                <time dateTime={at.toISOString()}>{inZone(at, timezone)}</time>
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </Stack>
  );
}

/** By the same library, and the same options, as the server's clock. */
function nextTimes(
  cron: string,
  timezone: string,
  fromMs: number,
): { readonly times: readonly Date[] } | { readonly fault: string } {
  try {
    const times = new Cron(cron, { timezone, mode: "5-part", paused: true }).nextRuns(5, new Date(fromMs));
    return times.length > 0 ? { times } : { fault: "This moment never comes." };
  } catch {
    return { fault: "This is not a cron expression of five parts, such as 0 7 * * 1-5." };
  }
}

function inZone(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "short", timeZone }).format(at);
}

function zones(chosen: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return [...new Set([chosen, "UTC", ...known])];
}

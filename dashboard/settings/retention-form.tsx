import { Button, Group, NumberInput, Paper, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { type Project, useKeepRuns } from "../api/projects.ts";
import { Failure } from "../shell/failure.tsx";
import { useFaults } from "../shell/use-faults.ts";

const MOST_DAYS = 3650;

export function RetentionForm({ project }: { project: Project }) {
  const [days, setDays] = useState<number | string>(project.retentionDays);
  const keep = useKeepRuns();
  const { found, check, changed } = useFaults<"days">(keep);
  const isDays = Number.isInteger(days) && Number(days) >= 1 && Number(days) <= MOST_DAYS;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (keep.isPending || !check({ days: isDays ? undefined : `Give a whole number from 1 to ${MOST_DAYS}.` })) return;
    keep.mutate(
      { id: project.id, retentionDays: Number(days) },
      { onSuccess: () => notifications.show({ title: "Saved", message: "What is older is removed within ten minutes." }) },
    );
  }

  return (
    <Paper component="form" onSubmit={submit} noValidate aria-label="Run history">
      <Stack>
        <NumberInput
          label="Keep runs for how many days"
          description="Counted from a run's end, and true of runs that have already ended. Older ones are removed with everything they hold."
          min={1}
          max={MOST_DAYS}
          clampBehavior="none"
          allowDecimal={false}
          maw={420}
          value={days}
          onChange={(value) => {
            changed("days");
            setDays(value);
          }}
          error={found.days ?? fieldError(keep.error, "/retentionDays")}
        />
        {keep.error && !isAllAtFields(keep.error, ["/retentionDays"]) && <Failure error={keep.error} />}
        <Group>
          <Button type="submit" loading={keep.isPending} disabled={days === project.retentionDays}>
            Save
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

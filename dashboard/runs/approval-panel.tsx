import { Button, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { type Run, useDecide } from "../api/runs.ts";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";

const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** The question that a run waits with, and the two answers. */
export function ApprovalPanel({ run }: { run: Run }) {
  const [note, setNote] = useState("");
  const decide = useDecide();
  const { waitingFor, id } = run;
  if (waitingFor === null) return null;
  const answer = (isApproved: boolean) => decide.mutate({ id, isApproved, note: note.trim() });
  const isPending = (isApproved: boolean) => decide.isPending && decide.variables?.isApproved === isApproved;
  return (
    <Paper component="section" aria-label="Decision">
      <Stack gap="sm">
        <Title order={2}>A decision is needed</Title>
        <Text style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{waitingFor.message}</Text>
        <Text size="sm" c="dimmed" component="div">
          Asked <Ago at={waitingFor.since} />
          {waitingFor.until !== undefined && `, until ${absolute.format(new Date(waitingFor.until))}`}
          {waitingFor.approvers !== undefined && `. May be decided by ${waitingFor.approvers.join(", ")}`}.
        </Text>
        <Textarea
          label="Note"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={2000}
          value={note}
          onChange={({ currentTarget }) => setNote(currentTarget.value)}
        />
        {decide.error && <Failure error={decide.error} />}
        <Group>
          <Button loading={isPending(true)} disabled={decide.isPending} onClick={() => answer(true)}>
            Approve
          </Button>
          <Button
            color="brick"
            variant="light"
            loading={isPending(false)}
            disabled={decide.isPending}
            onClick={() => answer(false)}
          >
            Decline
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

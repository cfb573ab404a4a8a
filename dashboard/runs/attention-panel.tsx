import { Button, Group, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { type Run, useRetryRun } from "../api/runs.ts";
import { Failure } from "../shell/failure.tsx";

/** A write may or may not have taken effect: a person says which, and the run continues from there. */
export function AttentionPanel({ run, titleOf }: { run: Run; titleOf: (step: string) => string }) {
  const [created, setCreated] = useState("");
  const retry = useRetryRun();
  const say = (outcome: "happened" | "not_happened") => retry.mutate({ id: run.id, outcome, created: created.trim() });
  const isPending = (outcome: string) => retry.isPending && retry.variables?.outcome === outcome;
  return (
    <Paper component="section" aria-label="What happened">
      <Stack gap="sm">
        <Title order={2}>Did it happen?</Title>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {run.atStep !== null && `${titleOf(run.atStep)}: `}
          {run.error?.message ?? "It is not known whether the write took effect."}
        </Text>
        <Text size="sm">Look at the service, then say what you found.</Text>
        <TextInput
          label="ID of what was created"
          description="Needed if it happened: later steps use it."
          maxLength={255}
          value={created}
          onChange={({ currentTarget }) => setCreated(currentTarget.value)}
        />
        {retry.error && <Failure error={retry.error} />}
        <Group>
          <Button loading={isPending("happened")} disabled={retry.isPending} onClick={() => say("happened")}>
            It happened
          </Button>
          <Button
            variant="light"
            loading={isPending("not_happened")}
            disabled={retry.isPending}
            onClick={() => say("not_happened")}
          >
            It did not: send again
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

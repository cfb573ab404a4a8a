import { Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { type Run, useCancelRun, useRetryRun, useRevealRun, useRunAgain, useRunEvents } from "../api/runs.ts";
import { useMay } from "../api/session.ts";
import { JsonView } from "../operations/answer/json-view.tsx";
import { Actor } from "../shell/actor.tsx";
import { Ago } from "../shell/ago.tsx";
import { BackLink } from "../shell/back-link.tsx";
import { Confirm } from "../shell/confirm.tsx";
import { Failure } from "../shell/failure.tsx";
import { Page } from "../shell/page.tsx";
import { ApprovalPanel } from "./approval-panel.tsx";
import { AttentionPanel } from "./attention-panel.tsx";
import { Reveal } from "./reveal.tsx";
import { Reveals } from "./reveals.tsx";
import { RunStepCard } from "./run-step-card.tsx";
import { isOver, RUN_STATUSES, toDuration } from "./status-words.ts";
import { WaitingNote } from "./waiting-note.tsx";

/** One run, as it goes on: how it stands, each step with what went in and came out, and what a person can say to it. */
export function RunView({ run }: { run: Run }) {
  const { isLive } = useRunEvents(run.id, isOver(run));
  const titleOf = (step: string) => run.steps.find(({ id }) => id === step)?.title ?? step;
  const mayReveal = useMay("runs:reveal");
  const reveal = useRevealRun();
  const { label, color } = RUN_STATUSES[run.status];
  return (
    <Page
      title={run.title}
      part="Run"
      above={<BackLink to="/runs">Runs</BackLink>}
      lead={
        <Group gap="xs">
          <Badge color={color} role="status">
            {label}
          </Badge>
          {isLive && <Badge color="gray">Live</Badge>}
          <Text size="sm" component="span">
            Started <Ago at={run.startedAt} />
            {run.endedAt !== null && `, took ${toDuration(run.startedAt, run.endedAt)}`}
          </Text>
        </Group>
      }
      actions={<Actions run={run} />}
    >
      <Stack gap="lg">
        {run.forgottenAt !== undefined && (
          <Text size="sm" c="dimmed">
            Its data was removed <Ago at={run.forgottenAt} />, because it named a person who was to be forgotten.
          </Text>
        )}
        {run.waitingFor?.for === "approval" ? <ApprovalPanel run={run} /> : <WaitingNote run={run} />}
        {run.status === "needs_attention" && <AttentionPanel run={run} titleOf={titleOf} />}
        {run.status === "failed" && run.error !== null && (
          <Paper component="section" aria-label="Why it failed">
            <Text fw={600}>{run.atStep === null ? "The run failed" : `${titleOf(run.atStep)} failed`}</Text>
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {run.error.message}
            </Text>
            <Text size="xs" c="dimmed">
              {run.error.code}
            </Text>
          </Paper>
        )}
        <Stack gap="sm" component="section" aria-label="Steps">
          <Group justify="space-between">
            <Group gap="xs">
              <Title order={2}>Steps</Title>
              {reveal.data && <Badge color="amber">Data revealed</Badge>}
            </Group>
            {mayReveal && <Reveal run={run.id} reveal={reveal} />}
          </Group>
          <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: "none" }}>
            {run.steps.map((step, at) => (
              <RunStepCard
                key={step.id}
                step={step}
                number={at + 1}
                revealed={reveal.data?.steps.find(({ id }) => id === step.id)}
              />
            ))}
          </Stack>
        </Stack>
        <Reveals run={run.id} />
        <Facts run={run} trigger={reveal.data ? reveal.data.trigger : run.trigger} />
      </Stack>
    </Page>
  );
}

function Actions({ run }: { run: Run }) {
  const [, navigate] = useLocation();
  const [isCancelling, setIsCancelling] = useState(false);
  const cancel = useCancelRun();
  const retry = useRetryRun();
  const again = useRunAgain();
  const { id, status } = run;
  const error = retry.error ?? again.error;
  return (
    <>
      {status === "failed" && (
        <Button loading={retry.isPending} onClick={() => retry.mutate({ id })}>
          Retry from the failed step
        </Button>
      )}
      {isOver(run) && status !== "needs_attention" && (
        <Button
          variant="default"
          loading={again.isPending}
          onClick={() => again.mutate(id, { onSuccess: (started) => navigate(`/runs/${encodeURIComponent(started.id)}`) })}
        >
          Run again
        </Button>
      )}
      {(!isOver(run) || status === "needs_attention") && (
        <Button variant="default" color="brick" onClick={() => setIsCancelling(true)}>
          Cancel the run
        </Button>
      )}
      <Confirm
        title="Cancel the run"
        verb="Cancel the run"
        isOpen={isCancelling}
        onClose={() => setIsCancelling(false)}
        onConfirm={() => cancel.mutate(id, { onSuccess: () => setIsCancelling(false) })}
        change={cancel}
      >
        It ends before its next step. What it has begun comes to its end, and what it did stays.
      </Confirm>
      {error && <Failure error={error} />}
    </>
  );
}

function Facts({ run, trigger }: { run: Run; trigger: unknown }) {
  return (
    <Stack gap="sm" component="section" aria-label="About this run">
      <Title order={2}>About this run</Title>
      <Text size="sm" component="div">
        Version {run.version} of{" "}
        <Anchor component={Link} href={`/workflows/${encodeURIComponent(run.workflow)}`} fz="sm" underline="always">
          {run.name}
        </Anchor>
        , started by <Actor of={run.startedBy} />
        {run.owner !== null && `, for ${run.owner}`}
        {run.isCatchUp && ". It stands for every time that was missed while the server was away"}.
      </Text>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {run.id}
      </Text>
      {run.trigger !== null && <JsonView value={trigger} label="What started it" />}
    </Stack>
  );
}

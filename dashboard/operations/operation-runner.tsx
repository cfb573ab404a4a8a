import { Box, Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { type Operation, useConnector } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import type { OperationCall, Output } from "../api/operations.ts";
import { type Issue, toProblem } from "../api/problem.ts";
import { useSignedIn } from "../api/session.ts";
import { type Input, OperationForm } from "../form/operation-form.tsx";
import { createInputCheck } from "../form/validator.ts";
import { AnswerPanel } from "./answer/answer-panel.tsx";
import { DryRunPanel } from "./answer/dry-run-panel.tsx";
import { PagesPanel } from "./answer/pages-panel.tsx";
import { itemOf } from "./answer/use-names.ts";
import { BudgetGauge } from "./budget-gauge.tsx";
import { CopyMenu } from "./copy-menu.tsx";
import { CredentialPicker } from "./credential-picker.tsx";
import { EffectBadge } from "./effect-badge.tsx";
import { recordActions } from "./record-actions.ts";
import { useRememberedCredential } from "./remembered-credential.ts";
import { RunFailure } from "./run-failure.tsx";
import { toSnippets } from "./snippets.ts";
import { useBudget } from "./use-budget.ts";
import { useRun } from "./use-run.ts";
import { Waiting } from "./waiting.tsx";

export interface OperationRunnerProps {
  readonly id: string;
  readonly operation: Operation;
  readonly credentials: readonly Credential[];
}

/** One operation: credential, form, buttons, and below them what came of it. */
export function OperationRunner({ id, operation, credentials }: OperationRunnerProps) {
  const connector = useConnector();
  const { publicUrl } = useSignedIn();
  const [, navigate] = useLocation();
  const [credential, choose] = useRememberedCredential(credentials);
  const [input, setInput] = useState<Input>(initialInput);
  const [issues, setIssues] = useState<readonly Issue[]>([]);
  const check = useMemo(() => createInputCheck(operation.input), [operation]);
  const run = useRun();
  const { state } = run;
  const result = useRef<HTMLDivElement>(null);
  const environment = credential && connector.environments[credential.environment];
  const rate = { ...connector.rateLimit, ...environment?.rateLimit };
  const budget = useBudget(state, credential?.id);

  const { limit, cursorIn, cursorOut } = connector.pagination;
  const paging = useMemo(() => ({ limit, cursorIn }), [limit, cursorIn]);
  const call = (changed: Input = input): OperationCall => ({ operation: id, credential: credential?.id ?? "", input: changed });
  const isBusy = state.kind === "running" || (state.kind === "pages" && state.state === "reading");
  const isWrite = operation.effect !== "read";
  const open = useCallback(
    (to: string, filled: Input) => navigate(`/operations/${to}`, { state: { input: filled } }),
    [navigate],
  );
  const actions = useMemo(
    () => recordActions(connector, itemOf(operation.output), open).filter((action) => action.operation !== id),
    [connector, operation, open, id],
  );

  useEffect(() => {
    if (state.kind === "failed") setIssues(toProblem(state.error).errors ?? []);
    if (state.kind !== "none" && state.kind !== "running")
      result.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [state]);

  /** Runs `what` if the browser finds nothing wrong with the input. */
  function ifRight(what: (wanted: OperationCall) => unknown, changed: Input = input): void {
    if (credential === undefined || isBusy) return;
    const found = check(changed);
    setIssues(found);
    if (found.length === 0) void what(call(changed));
    else focusFirst(found);
  }

  function change(next: Input): void {
    setInput(next);
    if (issues.length > 0) setIssues(check(next));
  }

  const toPage = (cursor: string | undefined) => {
    const next = { ...input };
    if (cursor === undefined) delete next[cursorIn];
    else next[cursorIn] = cursor;
    setInput(next);
    ifRight((wanted) => run.run(wanted, { isWrite }), next);
  };
  const nextOf = (output: Output) => (output.hasNext === true ? (output[cursorOut] as string | undefined) : undefined);

  return (
    <Stack gap="lg">
      <Paper>
        <Stack gap="lg">
          <Box>
            <Group justify="space-between">
              <Group gap="sm">
                <Title order={2}>{operation.title}</Title>
                <EffectBadge effect={operation.effect} />
              </Group>
              <BudgetGauge budget={budget} rate={rate} />
            </Group>
            <Text c="dimmed" size="sm" mt={4}>
              {operation.description}
            </Text>
            <Text c="dimmed" size="xs" mt={4}>
              <Code>
                {operation.request.method} {operation.request.path}
              </Code>
            </Text>
          </Box>
          <CredentialPicker
            credentials={credentials}
            value={credential?.id}
            onChange={choose}
            environmentTitle={(name) => connector.environments[name]?.title ?? name}
          />
          <OperationForm
            schema={operation.input}
            paging={paging}
            input={input}
            onChange={change}
            onSubmit={() => ifRight((wanted) => run.run(wanted, { isWrite }))}
            issues={issues}
            credential={credential?.id}
          >
            <Group mt="lg" gap="sm">
              <Button type="submit" loading={state.kind === "running" && state.what === "run"} disabled={isBusy}>
                Run
              </Button>
              {operation.paginated && (
                <Button variant="light" disabled={isBusy} onClick={() => ifRight((wanted) => run.readAll(wanted))}>
                  All pages
                </Button>
              )}
              <Button variant="default" disabled={isBusy} onClick={() => ifRight(run.dryRun)}>
                Dry run
              </Button>
              <CopyMenu
                snippets={toSnippets(call(), { publicUrl, nickname: credential?.nickname ?? "" })}
                disabled={credential === undefined}
              />
              <Button variant="subtle" color="gray" disabled={isBusy} onClick={() => change({})} ml="auto">
                Empty the form
              </Button>
            </Group>
            <Text size="sm" c="brick" role="alert" mih={22} mt="xs">
              {issues.length > 0
                ? `${issues.length === 1 ? "One field needs" : `${issues.length} things need`} another look.`
                : ""}
            </Text>
          </OperationForm>
        </Stack>
      </Paper>
      <Box ref={result} mih={120}>
        {state.kind === "running" && <Waiting budget={budget} rate={rate} onStop={run.stop} />}
        {state.kind === "failed" && (
          <RunFailure
            error={state.error}
            credential={credential}
            schema={operation.input}
            onRetry={() => ifRight((wanted) => run.run(wanted, { isWrite }))}
          />
        )}
        {state.kind === "dry" && <DryRunPanel request={state.request} />}
        {state.kind === "answer" && (
          <AnswerPanel
            operation={operation}
            call={state.call}
            answer={state.answer}
            actions={actions}
            onNext={nextOf(state.answer.output) === undefined ? undefined : () => toPage(nextOf(state.answer.output))}
            onFirst={state.call.input[cursorIn] === undefined ? undefined : () => toPage(undefined)}
          />
        )}
        {state.kind === "pages" && (
          <PagesPanel
            operation={operation}
            credential={state.call.credential}
            pages={state}
            actions={actions}
            onStop={run.stop}
            onResume={() => void run.readAll({ ...state.call, input: { ...state.call.input, [cursorIn]: state.cursor } }, state)}
          />
        )}
        {state.kind === "none" && (
          <Text c="dimmed" size="sm" ta="center" pt="lg">
            The answer appears here.
          </Text>
        )}
      </Box>
    </Stack>
  );
}

/** What a link on another page filled in. It is in the history's state, not in the address: input may hold candidates' data. */
function initialInput(): Input {
  const state = window.history.state as { input?: Input } | null;
  return state?.input ?? {};
}

/** To the first field with something wrong, for whoever cannot see that it is red. */
function focusFirst(issues: readonly Issue[]): void {
  const name = issues[0]?.pointer.split("/")[1];
  document.getElementById(`input_${name}`)?.focus();
}

import { Paper, Stack } from "@mantine/core";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { type Operation, useConnector } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import type { OperationCall } from "../api/operations.ts";
import { type Issue, toProblem } from "../api/problem.ts";
import { useSignedIn } from "../api/session.ts";
import { type Input, OperationForm } from "../form/operation-form.tsx";
import { createInputCheck } from "../form/validator.ts";
import { itemOf } from "./answer/use-names.ts";
import { CredentialPicker } from "./credential-picker.tsx";
import { OperationHead } from "./operation-head.tsx";
import { recordActions } from "./record-actions.ts";
import { useRememberedCredential } from "./remembered-credential.ts";
import { RunBar } from "./run-bar.tsx";
import { RunResult } from "./run-result.tsx";
import { toSnippets } from "./snippets.ts";
import { useBudget } from "./use-budget.ts";
import { useHints } from "./use-hints.ts";
import { useRun } from "./use-run.ts";

export interface OperationRunnerProps {
  readonly id: string;
  readonly operation: Operation;
  readonly credentials: readonly Credential[];
}

/** One operation: credential, form, buttons, and below them what came of it. */
export function OperationRunner({ id, operation, credentials }: OperationRunnerProps) {
  const connector = useConnector();
  const { publicUrl } = useSignedIn();
  const [credential, choose] = useRememberedCredential(credentials);
  const [input, setInput] = useState<Input>(filledIn);
  const [issues, setIssues] = useState<readonly Issue[]>([]);
  const check = useMemo(() => createInputCheck(operation.input), [operation]);
  const run = useRun();
  const { state } = run;
  const hints = useHints(operation, credential);
  const actions = useActions(id, operation);
  const { limit, cursorIn } = connector.pagination;
  const paging = useMemo(() => ({ limit, cursorIn }), [limit, cursorIn]);
  const isBusy = state.kind === "running" || (state.kind === "pages" && state.state === "reading");
  const budget = useBudget(state, isBusy, credential?.id);
  const isWrite = operation.effect !== "read";
  const call = (of: Input): OperationCall => ({ operation: id, credential: credential?.id ?? "", input: of });

  useEffect(() => {
    if (state.kind === "failed") setIssues(toProblem(state.error).errors ?? []);
  }, [state]);

  /** Does `what` with the call if the browser finds nothing wrong with its input. */
  function ifRight(what: (wanted: OperationCall) => unknown, of: Input = input): void {
    if (credential === undefined || isBusy) return;
    const found = check(of);
    setIssues(found);
    if (found.length > 0) focusFirst(found);
    else void what(call(of));
  }

  const submit = (of?: Input) => ifRight((wanted) => run.run(wanted, { isWrite }), of);

  function change(next: Input): void {
    setInput(next);
    if (issues.length > 0) setIssues(check(next));
  }

  function toPage(cursor: string | undefined): void {
    const { [cursorIn]: _before, ...rest } = input;
    const next = cursor === undefined ? rest : { ...rest, [cursorIn]: cursor };
    setInput(next);
    submit(next);
  }

  return (
    <Stack gap="lg">
      <Paper>
        <Stack gap="lg">
          <OperationHead operation={operation} budget={budget} />
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
            onSubmit={() => submit()}
            issues={issues}
            credential={credential?.id}
            hints={hints}
          >
            <RunBar
              isBusy={isBusy}
              isRunning={state.kind === "running" && state.what === "run"}
              snippets={toSnippets(call(input), { publicUrl, nickname: credential?.nickname ?? "" })}
              wrong={issues.length}
              onDryRun={() => ifRight(run.dryRun)}
              onAll={operation.paginated ? () => ifRight((wanted) => run.readAll(wanted)) : undefined}
              onEmpty={() => {
                setInput({});
                setIssues([]);
              }}
            />
          </OperationForm>
        </Stack>
      </Paper>
      <RunResult
        run={run}
        operation={operation}
        credential={credential}
        budget={budget}
        actions={actions}
        onRetry={() => submit()}
        onPage={toPage}
      />
    </Stack>
  );
}

/** What else can be done with a record of the answer: opens the other operation with the id filled in. */
function useActions(id: string, operation: Operation) {
  const connector = useConnector();
  const [, navigate] = useLocation();
  const open = useCallback((to: string, input: Input) => navigate(`/operations/${to}`, { state: { input } }), [navigate]);
  return useMemo(
    () => recordActions(connector, itemOf(operation.output), open).filter((action) => action.operation !== id),
    [connector, operation, open, id],
  );
}

/** What a link on another page filled in. It is in the history's state, not in the address: input may hold candidates' data. */
function filledIn(): Input {
  return (window.history.state as { input?: Input } | null)?.input ?? {};
}

/** To the first field with something wrong, for whoever cannot see that it is red. */
function focusFirst(issues: readonly Issue[]): void {
  const name = issues[0]?.pointer.split("/")[1];
  document.getElementById(`input_${name}`)?.focus();
}

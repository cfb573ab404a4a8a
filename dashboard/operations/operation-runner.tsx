import { Paper, Stack } from "@mantine/core";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { type Operation, type Schema, useConnector } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import type { OperationCall } from "../api/operations.ts";
import { type Issue, toProblem } from "../api/problem.ts";
import { useSignedIn } from "../api/session.ts";
import { type Input, OperationForm } from "../form/operation-form.tsx";
import { createInputCheck } from "../form/validator.ts";
import { itemOf } from "./answer/use-names.ts";
import { CredentialPicker } from "./credential-picker.tsx";
import { useOperationAddress } from "./operation-address.ts";
import { OperationHead } from "./operation-head.tsx";
import { pageFields } from "./pages.ts";
import { recordActions } from "./record-actions.ts";
import { useRecordList } from "./record-list.ts";
import { useRememberedCredential } from "./remembered-credential.ts";
import { isOutcomeOpen } from "./repetition.ts";
import { RunBar } from "./run-bar.tsx";
import { RunResult } from "./run-result.tsx";
import { isSameCall } from "./same-call.ts";
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
  const { pagination } = connector;
  const { limit, cursorIn } = pageFields(pagination);
  const { publicUrl } = useSignedIn();
  const [credential, choose] = useRememberedCredential(credentials);
  const [input, setInput] = useState<Input>(filledIn);
  const [issues, setIssues] = useState<readonly Issue[]>([]);
  // Which page is shown is no part of what is asked for: the form has no field for it, and running it starts at the first.
  const schema = useMemo(() => without(operation.input, cursorIn), [operation, cursorIn]);
  const check = useMemo(() => createInputCheck(schema), [schema]);
  const run = useRun(pagination);
  const { state } = run;
  const record = useRecordList(operation, input);
  const hints = useHints(operation, credential);
  const actions = useActions(id, operation);
  const isBusy = state.kind === "running" || (state.kind === "pages" && state.state === "reading");
  const budget = useBudget(state, isBusy, credential?.id);
  const isWrite = operation.effect !== "read";
  const call: OperationCall = { operation: id, credential: credential?.id ?? "", input };
  const isCurrent = "call" in state && isSameCall(state.call, call, cursorIn);
  /** A write that this form describes failed, and it is not known whether it took effect. */
  const isUndecided =
    isWrite && isCurrent && state.kind === "failed" && state.what === "run" && isOutcomeOpen(toProblem(state.error));

  useEffect(() => {
    if (state.kind === "failed") setIssues(toProblem(state.error).errors ?? []);
  }, [state]);

  /** Does `what` with the call if the browser finds nothing wrong with its input. */
  function ifRight(what: (wanted: OperationCall) => unknown): void {
    if (credential === undefined || isBusy) return;
    const found = check(input);
    setIssues(found);
    if (found.length > 0) focusFirst(found);
    else void what(call);
  }

  const submit = () => ifRight((wanted) => (isUndecided ? run.repeat() : run.run(wanted, { isWrite })));

  function change(next: Input): void {
    setInput(next);
    if (issues.length > 0) setIssues(check(next));
  }

  function chooseCredential(chosen: string): void {
    choose(chosen);
    if (issues.length > 0) setIssues(check(input));
  }

  return (
    <Stack gap="lg">
      <Paper>
        <Stack gap="lg">
          <OperationHead operation={operation} budget={budget} />
          <CredentialPicker
            credentials={credentials}
            value={credential?.id}
            onChange={chooseCredential}
            environmentTitle={(name) => connector.environments[name]?.title ?? name}
          />
          <OperationForm
            schema={schema}
            limit={limit}
            input={input}
            onChange={change}
            onSubmit={submit}
            issues={issues}
            credential={credential?.id}
            record={record}
            isChange={operation.effect === "repeatable"}
            hints={hints}
          >
            <RunBar
              verb={isUndecided ? "Send again" : "Run"}
              isBusy={isBusy}
              isRunning={state.kind === "running" && state.what === "run"}
              snippets={toSnippets(call, { publicUrl, nickname: credential?.nickname ?? "" })}
              wrong={issues.length}
              onDryRun={() => ifRight(run.dryRun)}
              onAll={operation.paginated ? () => ifRight((wanted) => run.readAll(wanted)) : undefined}
              onClear={() => {
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
        isCurrent={isCurrent}
      />
    </Stack>
  );
}

/** What else can be done with a record of the answer: opens the other operation with the id filled in. */
function useActions(id: string, operation: Operation) {
  const connector = useConnector();
  const [, navigate] = useLocation();
  const address = useOperationAddress();
  const open = useCallback((to: string, input: Input) => navigate(address(to), { state: { input } }), [navigate, address]);
  return useMemo(
    () => recordActions(connector, itemOf(operation.output), open).filter((action) => action.operation !== id),
    [connector, operation, open, id],
  );
}

/** What a link on another page filled in. It is in the history's state, not in the address: input may hold candidates' data. */
function filledIn(): Input {
  return (window.history.state as { input?: Input } | null)?.input ?? {};
}

function without(schema: Schema, field: string): Schema {
  const { [field]: _left, ...properties } = schema.properties ?? {};
  return { ...schema, properties };
}

/** To the first field with an error, for people who cannot see that it is red. */
function focusFirst(issues: readonly Issue[]): void {
  const name = issues[0]?.pointer.split("/")[1];
  document.getElementById(`input_${name}`)?.focus();
}

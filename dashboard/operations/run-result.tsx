import { Box, Text } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { type Operation, useConnector } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { AnswerPanel } from "./answer/answer-panel.tsx";
import { DryRunPanel } from "./answer/dry-run-panel.tsx";
import { PagesPanel } from "./answer/pages-panel.tsx";
import { nextPage, pageFields } from "./pages.ts";
import type { RecordAction } from "./record-actions.ts";
import { RunFailure } from "./run-failure.tsx";
import type { SeenBudget } from "./use-budget.ts";
import type { Run } from "./use-run.ts";
import { Waiting } from "./waiting.tsx";

export interface RunResultProps {
  readonly run: Run;
  readonly operation: Operation;
  readonly credential: Credential | undefined;
  readonly budget: SeenBudget | undefined;
  readonly actions: readonly RecordAction[];
  /** The form still says what this came of. Only then its buttons continue from it. */
  readonly isCurrent: boolean;
}

/** What came of a call. It scrolls into view by itself: the form above may be long. */
export function RunResult(props: RunResultProps) {
  const { kind } = props.run.state;
  const place = useRef<HTMLDivElement>(null);
  const isCalm = useReducedMotion();
  const isStale = "call" in props.run.state && !props.isCurrent;
  useEffect(() => {
    if (kind !== "none" && kind !== "running")
      place.current?.scrollIntoView({ block: "nearest", behavior: isCalm ? "auto" : "smooth" });
  }, [kind, isCalm]);
  return (
    <Box ref={place} mih={160}>
      {isStale && (
        <Text size="sm" c="dimmed" mb="sm" role="status">
          The form has changed since. Run it for a new result.
        </Text>
      )}
      <Result {...props} />
    </Box>
  );
}

function Result({ run, operation, credential, budget, actions, isCurrent }: RunResultProps) {
  const { pagination } = useConnector();
  const { cursorIn } = pageFields(pagination);
  const { state } = run;
  switch (state.kind) {
    case "none":
      return (
        <Text c="dimmed" size="sm" ta="center" pt="lg">
          The result appears here.
        </Text>
      );
    case "running":
      return <Waiting budget={budget} onStop={run.stop} />;
    case "failed":
      return (
        <RunFailure
          error={state.error}
          what={state.what}
          effect={operation.effect}
          credential={credential}
          schema={operation.input}
          onRepeat={isCurrent ? run.repeat : undefined}
          onNewCall={() => void run.run(state.call, { isWrite: true })}
        />
      );
    case "dry":
      return <DryRunPanel request={state.request} />;
    case "answer": {
      const { output } = state.answer;
      const { [cursorIn]: before, ...first } = state.call.input;
      const next = operation.paginated ? nextPage(pagination, output) : undefined;
      const goTo = (input: Record<string, unknown>) => void run.run({ ...state.call, input }, { isWrite: false });
      return (
        <AnswerPanel
          operation={operation}
          call={state.call}
          answer={state.answer}
          actions={actions}
          onNext={isCurrent && next !== undefined ? () => goTo({ ...first, ...next }) : undefined}
          onFirst={isCurrent && before !== undefined ? () => goTo(first) : undefined}
        />
      );
    }
    case "pages":
      return (
        <PagesPanel
          operation={operation}
          call={state.call}
          pages={state}
          actions={actions}
          onStop={run.stop}
          onResume={isCurrent ? () => void run.readAll(state.call, state) : undefined}
        />
      );
  }
}

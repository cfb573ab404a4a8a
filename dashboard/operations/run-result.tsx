import { Box, Text } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { type Operation, useConnector } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { AnswerPanel } from "./answer/answer-panel.tsx";
import { DryRunPanel } from "./answer/dry-run-panel.tsx";
import { PagesPanel } from "./answer/pages-panel.tsx";
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
  readonly onRetry: () => void;
  /** Goes to the page behind a cursor; to the first without one. */
  readonly onPage: (cursor: string | undefined) => void;
}

/** What came of a call. It scrolls into view by itself: the form above may be long. */
export function RunResult(props: RunResultProps) {
  const { kind } = props.run.state;
  const place = useRef<HTMLDivElement>(null);
  const isCalm = useReducedMotion();
  useEffect(() => {
    if (kind !== "none" && kind !== "running")
      place.current?.scrollIntoView({ block: "nearest", behavior: isCalm ? "auto" : "smooth" });
  }, [kind, isCalm]);
  return (
    <Box ref={place} mih={160}>
      <Result {...props} />
    </Box>
  );
}

function Result({ run, operation, credential, budget, actions, onRetry, onPage }: RunResultProps) {
  const { cursorIn, cursorOut } = useConnector().pagination;
  const { state } = run;
  switch (state.kind) {
    case "none":
      return (
        <Text c="dimmed" size="sm" ta="center" pt="lg">
          The answer appears here.
        </Text>
      );
    case "running":
      return <Waiting budget={budget} onStop={run.stop} />;
    case "failed":
      return <RunFailure error={state.error} credential={credential} schema={operation.input} onRetry={onRetry} />;
    case "dry":
      return <DryRunPanel request={state.request} />;
    case "answer": {
      const { output } = state.answer;
      const next = output.hasNext === true ? (output[cursorOut] as string | undefined) : undefined;
      return (
        <AnswerPanel
          operation={operation}
          call={state.call}
          answer={state.answer}
          actions={actions}
          onNext={next === undefined ? undefined : () => onPage(next)}
          onFirst={state.call.input[cursorIn] === undefined ? undefined : () => onPage(undefined)}
        />
      );
    }
    case "pages":
      return (
        <PagesPanel
          operation={operation}
          credential={state.call.credential}
          pages={state}
          actions={actions}
          onStop={run.stop}
          onResume={() => void run.readAll({ ...state.call, input: { ...state.call.input, [cursorIn]: state.cursor } }, state)}
        />
      );
  }
}

import { Alert, Anchor, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Operation } from "../../api/connector.ts";
import type { Answer, OperationCall } from "../../api/operations.ts";
import type { RecordAction } from "../record-actions.ts";
import { type ChangeWords, changeWords } from "./change-words.ts";
import { Filters } from "./filters.tsx";
import { JsonView } from "./json-view.tsx";
import { RecordsView } from "./records-view.tsx";
import { SchemaNote } from "./schema-note.tsx";
import { type View, ViewSwitch } from "./view-switch.tsx";

export interface AnswerPanelProps {
  readonly operation: Operation;
  readonly call: OperationCall;
  readonly answer: Answer;
  readonly actions: readonly RecordAction[];
  /** Asks for the next page; absent where there is none. */
  readonly onNext: (() => void) | undefined;
  /** Back to the first page; absent on it. */
  readonly onFirst: (() => void) | undefined;
}

/** What a call was answered: for people or as JSON, and what it took. */
export function AnswerPanel({ operation, call, answer, actions, onNext, onFirst }: AnswerPanelProps) {
  const [view, setView] = useState<View>("readable");
  const { output, meta } = answer;
  const changed = meta.changed && changeWords(operation, call, meta.changed);
  const count = Array.isArray(output.data) ? output.data.length : undefined;
  return (
    <Stack gap="sm" component="section" aria-label="Result">
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2}>{titleOf(operation, changed)}</Title>
          {count !== undefined && <Badge color="gray">{count === 1 ? "1 record" : `${count} records`}</Badge>}
          <Took {...meta} />
        </Group>
        <ViewSwitch value={view} onChange={setView} label="How to show the result" />
      </Group>
      {count !== undefined && <Filters operation={operation} call={call} />}
      {changed && <Text>{changed.text}</Text>}
      {changed === undefined && operation.readBefore && (
        <Text>The write was accepted. What it changed is not known, because the record could not be read before it.</Text>
      )}
      {meta.replayed && (
        <Alert color="sea">This write was carried out before; you see what was recorded then. Nothing was sent again.</Alert>
      )}
      {meta.readBack?.ok === false && (
        <Alert color="amber">
          The write was accepted, but the record could not be read ({meta.readBack.code}). The service leaves contact details out
          of its answers to writes, so some fields may look empty.
        </Alert>
      )}
      {operation.effect !== "read" && (
        <Anchor component={Link} size="sm" href={`/activity?request=${encodeURIComponent(meta.requestId)}`}>
          See its record in Activity
        </Anchor>
      )}
      <SchemaNote warnings={meta.schemaWarnings} />
      {view === "json" ? (
        <JsonView value={output} label="Result as JSON" />
      ) : (
        <RecordsView operation={operation} data={output.data} credential={call.credential} actions={actions} />
      )}
      {(onNext || onFirst) && (
        <Group>
          {onFirst && (
            <Button variant="default" onClick={onFirst}>
              First page
            </Button>
          )}
          {onNext && (
            <Button variant="default" rightSection={<IconChevronRight size={16} />} onClick={onNext}>
              Next page
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}

/** Says what is known, and no more: that a write was accepted does not tell that it changed something. */
function titleOf({ effect, readBefore }: Operation, changed: ChangeWords | undefined): string {
  if (effect === "read") return "Result";
  return changed?.title ?? (readBefore ? "Accepted" : "Done");
}

function Took({ attempts, durationMs, waitedMs }: Answer["meta"]) {
  const parts = [
    `${durationMs} ms`,
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(waitedMs >= 50 ? [`${(waitedMs / 1000).toFixed(1)} s of it waiting for the rate limit`] : []),
  ];
  return (
    <Text size="sm" c="dimmed">
      {parts.join(", ")}
    </Text>
  );
}

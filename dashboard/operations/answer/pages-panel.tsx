import { Badge, Button, Group, Paper, Progress, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import type { Operation } from "../../api/connector.ts";
import type { OperationCall } from "../../api/operations.ts";
import { Failure } from "../../shell/failure.tsx";
import type { RecordAction } from "../record-actions.ts";
import { MAX_SHOWN, type Pages } from "../use-run.ts";
import { Filters } from "./filters.tsx";
import { JsonView } from "./json-view.tsx";
import { RecordsView } from "./records-view.tsx";
import { SchemaNote } from "./schema-note.tsx";
import { type View, ViewSwitch } from "./view-switch.tsx";

export interface PagesPanelProps {
  readonly operation: Operation;
  readonly call: OperationCall;
  readonly pages: Pages;
  readonly actions: readonly RecordAction[];
  readonly onStop: () => void;
  readonly onResume: (() => void) | undefined;
}

/** Rows on the screen at a time. */
const SHOWN = 100;

/** All pages of a list: how far it is, what is there so far, and how to stop or continue. */
export function PagesPanel({ operation, call, pages, actions, onStop, onResume }: PagesPanelProps) {
  const [view, setView] = useState<View>("readable");
  const { records, count, state, error, cursor } = pages;
  const isReading = state === "reading";
  const canResume = (state === "stopped" || state === "failed") && cursor !== undefined && onResume;
  return (
    <Stack gap="sm" component="section" aria-label="All pages">
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2}>All pages</Title>
          <Badge color={state === "done" ? "sea" : state === "reading" ? "gray" : "amber"}>{STATE[state]}</Badge>
          <Text size="sm" role="status">
            {count.toLocaleString()} records
          </Text>
        </Group>
        <Group gap="sm">
          {isReading && (
            <Button size="xs" variant="default" onClick={onStop}>
              Stop
            </Button>
          )}
          {canResume && (
            <Button size="xs" onClick={onResume}>
              Continue
            </Button>
          )}
          {!isReading && records.length > 0 && <Download records={records} name={operation.title} />}
          <ViewSwitch value={view} onChange={setView} label="How to show the records" />
        </Group>
      </Group>
      <Progress
        value={100}
        animated={isReading}
        color={state === "done" || isReading ? "sea" : "amber"}
        aria-label={`${count} records so far`}
      />
      <Filters operation={operation} call={call} />
      {state === "failed" && <Failure error={error} />}
      <SchemaNote warnings={pages.schemaWarnings} />
      {count > records.length && (
        <Text size="sm" c="dimmed">
          The page keeps the first {MAX_SHOWN.toLocaleString()}; the command line writes all of them to a file.
        </Text>
      )}
      {records.length === 0 && isReading ? (
        <Paper>
          <Text c="dimmed">Loading the first page.</Text>
        </Paper>
      ) : view === "json" ? (
        <JsonView value={records.slice(0, SHOWN)} label="Records as JSON" />
      ) : (
        <RecordsView operation={operation} data={records.slice(0, SHOWN)} credential={call.credential} actions={actions} />
      )}
      {records.length > SHOWN && (
        <Text size="sm" c="dimmed">
          The first {SHOWN} are shown; the download holds {records.length.toLocaleString()}.
        </Text>
      )}
    </Stack>
  );
}

const STATE = { reading: "reading", done: "complete", stopped: "stopped", failed: "incomplete" } as const;

/** As a file of the browser's own making: the records go nowhere else. */
function Download({ records, name }: { records: readonly unknown[]; name: string }) {
  function save() {
    const text = records.map((record) => JSON.stringify(record)).join("\n");
    const url = URL.createObjectURL(new Blob([`${text}\n`], { type: "application/x-ndjson" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${name.toLowerCase().replaceAll(" ", "-")}.ndjson`;
    link.click();
    URL.revokeObjectURL(url);
  }
  return (
    <Button size="xs" variant="default" leftSection={<IconDownload size={14} />} onClick={save}>
      Download
    </Button>
  );
}

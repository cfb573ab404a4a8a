import { Badge, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { itemsText } from "../../text/items.ts";
import type { RevealedRun, RunStep } from "../api/runs.ts";
import { JsonView } from "../operations/answer/json-view.tsx";
import { STEP_STATUSES, toDuration } from "./status-words.ts";

interface RunStepCardProps {
  readonly step: RunStep;
  readonly number: number;
  /** As it is, where somebody asked for it. */
  readonly revealed?: RevealedRun["steps"][number] | undefined;
}

/** One step of a run; opened, what went in and what came out, as far as people may see it. */
export function RunStepCard({ step, number, revealed }: RunStepCardProps) {
  const [isOpen, setIsOpen] = useState(false);
  const { title, status } = step;
  const { label, color } = STEP_STATUSES[status];
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const input = revealed?.input ?? step.input;
  const output = revealed?.output ?? step.output;
  const hasMore = step.input !== null || step.output !== null || (step.outcomes ?? []).length > 0;
  return (
    <Paper component="li" p="md" aria-label={title}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        {hasMore ? (
          <UnstyledButton aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)} style={{ minWidth: 0 }}>
            <Group gap={6} wrap="nowrap" align="baseline">
              <Chevron size={14} aria-hidden style={{ flex: "none" }} />
              <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                {number}. {title}
              </Text>
            </Group>
          </UnstyledButton>
        ) : (
          <Text fw={600} pl={20} style={{ overflowWrap: "anywhere" }}>
            {number}. {title}
          </Text>
        )}
        <Badge color={color}>{label}</Badge>
      </Group>
      <Text size="xs" c="dimmed" pl={20}>
        {toNote(step)}
      </Text>
      {step.error !== null && (
        <Text size="sm" pl={20} mt={4} c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
          {step.error.message}
        </Text>
      )}
      {isOpen && (
        <Stack mt="sm" gap="sm">
          {input !== null && <Data title="Input" value={input} />}
          {output !== null && <Data title="Output" value={output} />}
          {(step.outcomes ?? []).length > 0 && <Data title="Items" value={step.outcomes} />}
        </Stack>
      )}
    </Paper>
  );
}

function Data({ title, value }: { title: string; value: unknown }) {
  return (
    <div>
      <Text size="sm" fw={550} mb={4}>
        {title}
      </Text>
      <JsonView value={value} label={title} />
    </div>
  );
}

function toNote({ status, reason, attempts, startedAt, endedAt, items }: RunStep): string {
  if (status === "skipped") return reason === "disabled" ? "The step is disabled." : "Its conditions did not hold.";
  return [
    toDuration(startedAt, endedAt),
    attempts > 1 ? `${attempts} attempts` : "",
    items === undefined ? "" : itemsText(items, Date.now()),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

import { Badge, Box, Button, Code, Group, Modal, Stack, Text } from "@mantine/core";
import { Suspense, useEffect, useRef, useState } from "react";
import type { Schema } from "../api/connector.ts";
import { type DryRunStep, tryDefinition, type Workflow, type WorkflowDryRun } from "../api/workflows.ts";
import { Failure } from "../shell/failure.tsx";
import { lazyPart } from "../shell/lazy-part.ts";
import { Loading } from "../shell/loading.tsx";

const InputForm = lazyPart(async () => (await import("./input-forms.ts")).InputForm);

interface TestDialogProps {
  readonly isOpen: boolean;
  readonly workflow: Workflow;
  readonly onClose: () => void;
  /** What reads left: fields show it from then on. */
  readonly onRead: (steps: Readonly<Record<string, unknown>>, trigger: unknown) => void;
}

/** Tries the draft as it is: reads what it reads, sends nothing that changes anything, and shows what would happen. */
export function TestDialog(props: TestDialogProps) {
  return (
    <Modal opened={props.isOpen} onClose={props.onClose} size="xl" title="Test" closeButtonProps={{ "aria-label": "Close" }}>
      <Content {...props} />
    </Modal>
  );
}

function Content({ workflow, onRead }: TestDialogProps) {
  const [result, setResult] = useState<WorkflowDryRun>();
  const [error, setError] = useState<unknown>();
  const [isRunning, setIsRunning] = useState(false);
  const current = useRef<AbortController>(null);
  useEffect(() => () => current.current?.abort(), []);
  const { trigger } = workflow;
  const schema = trigger.type === "api" ? (trigger.input as Schema | undefined) : undefined;

  const titleOf = ({ step }: DryRunStep) => workflow.steps.find(({ id }) => id === step)?.title ?? step;

  async function run(input: unknown): Promise<void> {
    current.current?.abort();
    const control = new AbortController();
    current.current = control;
    setIsRunning(true);
    setError(undefined);
    try {
      const given = input === undefined ? {} : { input };
      const done = await tryDefinition({ definition: workflow, ...given }, control.signal);
      setResult(done);
      const outputs = done.steps.filter(({ output }) => output !== undefined).map(({ step, output }) => [step, { output }]);
      const started = trigger.type === "schedule" ? { scheduledAt: new Date().toISOString() } : given;
      onRead(Object.fromEntries(outputs), started);
    } catch (failure) {
      if (!control.signal.aborted) setError(failure);
    } finally {
      if (current.current === control) setIsRunning(false);
    }
  }

  return (
    <Stack>
      <Text size="sm">Reads are done for real. Nothing that changes anything is sent: you see what would be.</Text>
      <Suspense fallback={<Loading what="the form" lines={2} />}>
        <InputForm schema={schema} verb="Run the test" isPending={isRunning} error={undefined} onSubmit={run} />
      </Suspense>
      {Boolean(error) && <Failure error={error} />}
      {isRunning && <Loading what="what would happen" lines={3} />}
      {result && !isRunning && (
        <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: "none" }} aria-label="What would happen">
          {result.steps.map((step) => (
            <DryStepLine key={`${step.step} ${step.item ?? ""} ${step.outcome}`} done={step} title={titleOf(step)} />
          ))}
        </Stack>
      )}
      {result && !isRunning && !error && (
        <Text size="sm" role="status">
          {result.status === "failed" ? "The run would fail." : "The run would succeed."}
        </Text>
      )}
    </Stack>
  );
}

const OUTCOMES: Readonly<Record<DryRunStep["outcome"], { readonly label: string; readonly color: string }>> = {
  read: { label: "Read", color: "sea" },
  would_write: { label: "Would write", color: "amber" },
  would_send: { label: "Would send", color: "amber" },
  would_wait: { label: "Would wait", color: "gray" },
  would_ask: { label: "Would ask", color: "gray" },
  skipped: { label: "Skipped", color: "gray" },
  failed: { label: "Failed", color: "brick" },
  repeated: { label: "Repeated", color: "gray" },
};

function DryStepLine({ done, title }: { done: DryRunStep; title: string }) {
  const { outcome, item, request, diff, error, input, output, message, until } = done;
  const [isOpen, setIsOpen] = useState(false);
  const { label, color } = OUTCOMES[outcome];
  const details = { ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
  return (
    <Box component="li">
      <Group gap="xs" align="baseline">
        <Badge color={color}>{label}</Badge>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {title}
          {item !== undefined && `, item ${item}`}
        </Text>
        {Object.keys(details).length > 0 && (
          <Button size="compact-xs" variant="subtle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? "Hide the data" : "Show the data"}
          </Button>
        )}
      </Group>
      {diff && <DiffLine {...diff} />}
      {request && (
        <Code block mt={4} style={{ whiteSpace: "pre-wrap" }}>
          {request.method} {request.url}
          {request.body === undefined || request.body === null ? "" : `\n${JSON.stringify(request.body, null, 2)}`}
        </Code>
      )}
      {[message, until && `Until ${new Date(until).toLocaleString()}`, countWords(done)].map(
        (words) =>
          words && (
            <Text key={words} size="sm" mt={4}>
              {words}
            </Text>
          ),
      )}
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" mt={4}>
          {error.message}
        </Text>
      )}
      {isOpen && (
        <Code block mt={4} style={{ maxHeight: "20rem", overflow: "auto" }} tabIndex={0} aria-label={`Data of ${title}`}>
          {JSON.stringify(details, null, 2)}
        </Code>
      )}
    </Box>
  );
}

/** Of a step over several items. */
function countWords({ tried, of }: DryRunStep): string | undefined {
  if (tried === undefined) return undefined;
  if (of === tried) return `Tried with all of its items: ${tried}.`;
  return of === null
    ? `Tried with its first ${tried} items; there are more.`
    : `Tried with the first ${tried} of its ${of} items.`;
}

/** `+Verified −Needs Review, 3 untouched`. */
function DiffLine({ added, removed, untouched }: NonNullable<DryRunStep["diff"]>) {
  const isNothing = added.length === 0 && removed.length === 0;
  return (
    <Group gap={6} mt={4}>
      {added.map((one) => (
        <Badge key={`+${one}`} color="sea">
          +{one}
        </Badge>
      ))}
      {removed.map((one) => (
        <Badge key={`-${one}`} color="brick">
          −{one}
        </Badge>
      ))}
      <Text size="xs" c="dimmed">
        {isNothing ? "Nothing would change: it is already so" : `${untouched} untouched`}
      </Text>
    </Group>
  );
}

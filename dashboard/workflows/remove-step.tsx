import { List, Text } from "@mantine/core";
import type { Step, Workflow } from "../api/workflows.ts";
import { Confirm } from "../shell/confirm.tsx";
import { usesOf } from "./edit-steps.ts";

interface RemoveStepProps {
  readonly workflow: Workflow;
  /** Undefined while none is to be removed. */
  readonly step: Step | undefined;
  readonly onRemove: (id: string) => void;
  readonly onClose: () => void;
}

/** Nothing is sent: the draft changes at once. */
const AT_ONCE = { isPending: false, error: null, reset: () => {} } as const;

/** Asks before a step is removed, and shows which others look at what it gives. */
export function RemoveStep({ workflow, step, onRemove, onClose }: RemoveStepProps) {
  const uses = step === undefined ? [] : usesOf(workflow, step.id);
  return (
    <Confirm
      title={`Remove ${step?.title ?? "the step"}`}
      verb="Remove the step"
      isOpen={step !== undefined}
      onClose={onClose}
      onConfirm={() => step && onRemove(step.id)}
      change={AT_ONCE}
    >
      {uses.length === 0 ? (
        "No other step uses its output."
      ) : (
        <>
          <Text size="sm" mb="xs">
            {uses.length === 1 ? "One step uses" : `${uses.length} steps use`} what it gives and would fail the check:
          </Text>
          <List size="sm">
            {uses.map(({ step: user, expressions }) => (
              <List.Item key={user.id} style={{ overflowWrap: "anywhere" }}>
                {user.title}: <code>{expressions.join(", ")}</code>
              </List.Item>
            ))}
          </List>
        </>
      )}
    </Confirm>
  );
}

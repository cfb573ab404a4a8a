import { Select, Stack, TagsInput, Text } from "@mantine/core";
import type { Usable } from "../api/catalog.ts";
import type { Step } from "../api/workflows.ts";
import { CredentialField } from "./credential-field.tsx";
import { DestinationField } from "./destination-field.tsx";
import { DurationField } from "./duration-field.tsx";
import { BodyField } from "./fields/body-field.tsx";
import { FieldNotes } from "./fields/field-notes.tsx";
import { InputFields } from "./fields/input-fields.tsx";
import { MappedInput } from "./mapping/mapped-input.tsx";

type Of<Kind extends Step["kind"]> = Extract<Step, { kind: Kind }>;

export interface StepFormProps<Kind extends Step["kind"] = Step["kind"]> {
  readonly step: Of<Kind>;
  readonly usable: Usable;
  readonly onChange: (step: Of<Kind>) => void;
}

/** What a step does, by its kind. */
export function StepForm({ step, usable, onChange }: StepFormProps) {
  switch (step.kind) {
    case "operation":
      return <OperationForm step={step} usable={usable} onChange={onChange} />;
    case "send":
      return <SendForm step={step} usable={usable} onChange={onChange} />;
    case "wait":
      return <WaitForm step={step} usable={usable} onChange={onChange} />;
    case "approval":
      return <ApprovalForm step={step} usable={usable} onChange={onChange} />;
  }
}

function OperationForm({ step, usable, onChange }: StepFormProps<"operation">) {
  const operation = usable.connectors[step.connector]?.operations[step.operation];
  return (
    <Stack gap="md">
      {operation && (
        <Text size="sm" c="dimmed">
          {operation.description}
        </Text>
      )}
      <FieldNotes pointer="/operation" />
      <FieldNotes pointer="/connector" />
      <CredentialField
        connector={step.connector}
        usable={usable}
        value={step.credential}
        pointer="/credential"
        onChange={(credential) => onChange({ ...step, credential })}
      />
      {operation && (
        <InputFields
          schema={operation.input}
          pointer="/input"
          value={step.input ?? {}}
          onChange={(input) => onChange({ ...step, input })}
        />
      )}
      <FieldNotes pointer="/input" isWhole={false} />
    </Stack>
  );
}

function SendForm({ step, usable, onChange }: StepFormProps<"send">) {
  return (
    <Stack gap="md">
      <DestinationField usable={usable} value={step.destination} onChange={(destination) => onChange({ ...step, destination })} />
      <BodyField value={step.body} onChange={(body) => onChange({ ...step, body })} />
    </Stack>
  );
}

function WaitForm({ step, onChange }: StepFormProps<"wait">) {
  const isUntil = step.until !== undefined;
  const { for: _for, until: _until, ...rest } = step;
  return (
    <Stack gap="md">
      <Select
        label="Wait"
        maw={260}
        allowDeselect={false}
        data={[
          { value: "for", label: "for a while" },
          { value: "until", label: "until a time" },
        ]}
        value={isUntil ? "until" : "for"}
        onChange={(value) => onChange(value === "until" ? { ...rest, until: "" } : { ...rest, for: "1h" })}
      />
      {isUntil ? (
        <MappedInput
          label="Until"
          description="A time such as 2026-01-15T09:30:00Z, or a value that holds one. A time that has passed waits for nothing."
          required
          value={step.until ?? ""}
          onChange={(until) => onChange({ ...rest, until })}
          notes={<FieldNotes pointer="/until" value={step.until} />}
        />
      ) : (
        <>
          <DurationField label="For" value={step.for ?? "1h"} onChange={(duration) => onChange({ ...rest, for: duration })} />
          <FieldNotes pointer="/for" />
        </>
      )}
    </Stack>
  );
}

function ApprovalForm({ step, onChange }: StepFormProps<"approval">) {
  const { approvers, deadline, onDecline, ...rest } = step;
  const set = (change: Partial<Of<"approval">>) => onChange({ ...rest, ...kept({ approvers, deadline, onDecline, ...change }) });
  return (
    <Stack gap="md">
      <MappedInput
        label="Question"
        description="The question for the person who decides."
        required
        isMultiline
        value={step.message}
        onChange={(message) => onChange({ ...step, message })}
        notes={<FieldNotes pointer="/message" value={step.message} />}
      />
      <TagsInput
        label="Who may decide"
        description="Names or email addresses; everyone with the permission if nobody is named."
        placeholder="Add a person, then Enter"
        splitChars={[","]}
        acceptValueOnBlur
        maxTags={50}
        value={[...(approvers ?? [])]}
        onChange={(people) => set({ approvers: people.length === 0 ? undefined : people })}
      />
      <Select
        label="If nobody decides"
        maw={320}
        allowDeselect={false}
        data={[
          { value: "wait", label: "Keep waiting" },
          { value: "approved", label: "Count it as approved after a while" },
          { value: "declined", label: "Count it as declined after a while" },
        ]}
        value={deadline?.decision ?? "wait"}
        onChange={(value) =>
          set({
            deadline:
              value === "wait" ? undefined : { after: deadline?.after ?? "24h", decision: value as "approved" | "declined" },
          })
        }
      />
      {deadline && (
        <DurationField label="After" value={deadline.after} onChange={(after) => set({ deadline: { ...deadline, after } })} />
      )}
      <Select
        label="If it is declined"
        maw={320}
        allowDeselect={false}
        data={[
          { value: "stop", label: "End the run" },
          { value: "continue", label: "Continue with the next step" },
        ]}
        value={onDecline ?? "stop"}
        onChange={(value) => set({ onDecline: value === "continue" ? "continue" : undefined })}
      />
    </Stack>
  );
}

/** Without what is undefined: it is not there then. */
export function kept<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

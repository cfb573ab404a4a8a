import { SegmentedControl, Stack } from "@mantine/core";
import type { Usable } from "../api/catalog.ts";
import type { Schema } from "../api/connector.ts";
import type { Trigger } from "../api/workflows.ts";
import { InputSchemaEditor } from "./input-schema-editor.tsx";
import { ScheduleEditor } from "./schedule-editor.tsx";
import { WebhookEditor } from "./webhook-editor.tsx";

interface TriggerEditorProps {
  readonly trigger: Trigger;
  readonly usable: Usable;
  readonly onChange: (trigger: Trigger) => void;
}

/** What starts a run. */
export function TriggerEditor({ trigger, usable, onChange }: TriggerEditorProps) {
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label="Started by"
        maw={480}
        data={[
          { value: "api", label: "A call of the API" },
          { value: "schedule", label: "A schedule" },
          { value: "webhook", label: "A delivery" },
        ]}
        value={trigger.type}
        onChange={(type) => type !== trigger.type && onChange(newTrigger(type as Trigger["type"]))}
      />
      {trigger.type === "api" && (
        <InputSchemaEditor
          schema={trigger.input as Schema | undefined}
          idKinds={idKindsOf(usable)}
          onChange={(input) => onChange(input === undefined ? { type: "api" } : { type: "api", input })}
        />
      )}
      {trigger.type === "schedule" && <ScheduleEditor schedule={trigger} onChange={onChange} />}
      {trigger.type === "webhook" && <WebhookEditor webhook={trigger} usable={usable} onChange={onChange} />}
    </Stack>
  );
}

function newTrigger(type: Trigger["type"]): Trigger {
  if (type === "api") return { type };
  if (type === "webhook") return { type, endpoint: "" };
  return { type, cron: "0 7 * * 1-5", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" };
}

/** Names of inputs that are ids, with the kind of record that they name: a trigger's field of such a name is one too. */
function idKindsOf({ connectors }: Usable): ReadonlyMap<string, string> {
  const fields = Object.values(connectors)
    .flatMap(({ operations }) => Object.values(operations))
    .flatMap(({ input }) => Object.entries(input.properties ?? {}));
  return new Map(fields.flatMap(([name, { "x-id": kind }]) => (typeof kind === "string" ? [[name, kind] as const] : [])));
}

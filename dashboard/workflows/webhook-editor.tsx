import { Checkbox, Group, Select, Stack, Text } from "@mantine/core";
import { OUTCOMES, startingOutcomes } from "../../workflows/trigger.ts";
import type { Usable } from "../api/catalog.ts";
import type { Trigger } from "../api/workflows.ts";
import { FieldNotes } from "./fields/field-notes.tsx";

type Webhook = Extract<Trigger, { type: "webhook" }>;
type Outcome = NonNullable<Webhook["outcomes"]>[number];

const WORDS: Readonly<Record<Outcome, string>> = {
  approved: "Approved",
  declined: "Declined",
  needs_review: "Needs review",
  resubmit: "Asked to try again",
  expired: "Expired",
  canceled: "Canceled",
  pending: "Still pending",
  ignored: "Anything else",
};

interface WebhookEditorProps {
  readonly webhook: Webhook;
  readonly usable: Usable;
  readonly onChange: (webhook: Webhook) => void;
}

/** Which endpoint's deliveries start runs, and with which outcomes. */
export function WebhookEditor({ webhook, usable, onChange }: WebhookEditorProps) {
  const { endpoints } = usable.catalog;
  const { endpoint } = webhook;
  // A name means the same endpoint.
  const known = endpoints.find(({ id, name }) => id === endpoint || name === endpoint);
  const others = endpoint !== "" && known === undefined ? [{ value: endpoint, label: endpoint }] : [];
  const wanted = startingOutcomes(webhook, known?.decides ?? true);
  return (
    <Stack gap="md">
      <Select
        label="Endpoint"
        description="Each event delivered to it starts one run."
        required
        searchable
        allowDeselect={false}
        maw={360}
        placeholder="Choose an endpoint"
        nothingFoundMessage="There is no endpoint with this name"
        data={[...endpoints.map(({ id, name }) => ({ value: id, label: name })), ...others]}
        value={known?.id ?? (endpoint || null)}
        onChange={(chosen) => chosen !== null && onChange({ ...webhook, endpoint: chosen })}
      />
      {endpoints.length === 0 && (
        <Text size="sm">
          There are no endpoints yet. Create one with <code>lever-connector endpoints add</code>.
        </Text>
      )}
      <FieldNotes pointer="/trigger/endpoint" />
      {known?.decides !== false && (
        <Checkbox.Group
          label="Outcomes that start a run"
          value={[...wanted]}
          onChange={(chosen) => {
            const outcomes = OUTCOMES.filter((outcome) => chosen.includes(outcome));
            if (outcomes.length > 0) onChange({ ...webhook, outcomes });
          }}
        >
          <Group gap="md" mt="xs">
            {OUTCOMES.map((outcome) => (
              <Checkbox key={outcome} value={outcome} label={WORDS[outcome]} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
    </Stack>
  );
}

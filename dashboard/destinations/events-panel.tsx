import { Checkbox, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { type Destination, useUpdateDestination } from "../api/destinations.ts";
import { Failure } from "../shell/failure.tsx";
import { Panel } from "../shell/panel.tsx";

type EventType = Destination["events"][number];

const EVENTS: Readonly<Record<EventType, { readonly label: string; readonly text: string }>> = {
  "run.failed": { label: "A run failed", text: "It can be retried from the failed step." },
  "run.needs_attention": { label: "A run needs attention", text: "It is not known whether a write took effect." },
  "approval.waiting": { label: "A decision is needed", text: "A run waits for a person to approve or decline." },
  "delivery.dead": { label: "A delivery was given up", text: "It came to an endpoint, and its runs could not be started." },
  "credential.reauth_required": {
    label: "A credential must be reconnected",
    text: "The service no longer accepts it, and runs that use it wait.",
  },
};
const TYPES = Object.keys(EVENTS) as EventType[];

/** What the destination is told of by this server itself; each choice is saved at once. */
export function EventsPanel({ destination: { id, events } }: { destination: Destination }) {
  const update = useUpdateDestination();
  // While it is being saved.
  const [wanted, setWanted] = useState<EventType[]>();

  function choose(shown: readonly string[]) {
    const next = TYPES.filter((type) => shown.includes(type));
    setWanted(next);
    update.mutate({ id, events: next }, { onSettled: () => setWanted(undefined) });
  }

  return (
    <Panel id="events" title="Product events">
      <Checkbox.Group
        label="Tell this destination when"
        description="Each is sent once, with names, IDs and a link to its page here, and no candidate’s data."
        value={wanted ?? [...events]}
        onChange={choose}
      >
        <Stack gap="sm" mt="sm">
          {TYPES.map((type) => (
            <Checkbox
              key={type}
              value={type}
              label={EVENTS[type].label}
              description={`${EVENTS[type].text} (${type})`}
              disabled={update.isPending}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      {update.error && <Failure error={update.error} />}
      {events.length > 0 && (
        <Text size="xs" c="dimmed" mt="sm">
          While the destination is paused, events wait for up to a day.
        </Text>
      )}
    </Panel>
  );
}

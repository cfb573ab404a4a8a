import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPencil } from "@tabler/icons-react";
import type { Destination } from "../api/destinations.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Page } from "../shell/page.tsx";
import { DeliveriesPanel } from "./deliveries-panel.tsx";
import { EditDestination } from "./edit-destination.tsx";
import { EventsPanel } from "./events-panel.tsx";
import { PauseButton, PausedNote } from "./pausing.tsx";
import { RemoveDestination } from "./remove-destination.tsx";
import { SecretPanel } from "./secret-panel.tsx";
import { DestinationBadge } from "./status-badge.tsx";
import { TestPanel } from "./test-panel.tsx";

/** One destination: whether anything is sent to it, what was sent lately, and what can be changed. */
export function DestinationView({ destination }: { destination: Destination }) {
  const [isEditing, { open, close }] = useDisclosure();
  const { name, url, paused } = destination;
  return (
    <Page
      title={name}
      part="Destination"
      above={<BackLink to="/settings/destinations">Destinations</BackLink>}
      lead={
        <Group gap="xs">
          <DestinationBadge destination={destination} size="lg" />
          <Text span style={{ overflowWrap: "anywhere" }}>
            {url}
          </Text>
        </Group>
      }
      actions={
        <>
          {paused === null && <PauseButton destination={destination} />}
          <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={open}>
            Edit
          </Button>
        </>
      }
    >
      <Stack gap="lg">
        <PausedNote destination={destination} />
        <TestPanel destination={destination} />
        <DeliveriesPanel destination={destination} />
        <EventsPanel destination={destination} />
        <SecretPanel destination={destination} />
        <RemoveDestination destination={destination} />
      </Stack>
      <EditDestination destination={destination} isOpen={isEditing} onClose={close} />
    </Page>
  );
}

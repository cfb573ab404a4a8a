import { Button, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { type Destination, destinationUsageQuery, useRemoveDestination } from "../api/destinations.ts";
import { DeleteForm } from "../shell/delete-form.tsx";
import { Failure } from "../shell/failure.tsx";
import { Panel } from "../shell/panel.tsx";
import { WorkflowUses } from "../shell/workflow-uses.tsx";

export function RemoveDestination({ destination }: { destination: Destination }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <Panel id="remove" title="Delete">
      <Text size="sm">
        Its secret is deleted at once, what still waits for it fails, and so does each step that sends to it. To stop messages for
        a while, pause it instead.
      </Text>
      <Button mt="sm" color="brick" variant="light" leftSection={<IconTrash size={16} aria-hidden />} onClick={open}>
        Delete the destination …
      </Button>
      <Modal opened={isOpen} onClose={close} title="Delete the destination?" closeButtonProps={{ "aria-label": "Close" }}>
        <RemoveForm destination={destination} onCancel={close} />
      </Modal>
    </Panel>
  );
}

function RemoveForm({ destination: { id, name }, onCancel }: { destination: Destination; onCancel: () => void }) {
  const [, navigate] = useLocation();
  const usage = useQuery(destinationUsageQuery(id));

  function leave() {
    notifications.show({ title: "Deleted", message: `${name} and its signing secret are deleted.` });
    navigate("/settings/destinations", { replace: true });
  }

  return (
    <DeleteForm
      {...{ id, name, onCancel }}
      label="Delete destination"
      remove={useRemoveDestination()}
      isReady={usage.data !== undefined}
      onDeleted={leave}
    >
      {usage.error && <Failure error={usage.error} onReload={usage.refetch} />}
      {usage.data === undefined && !usage.error && (
        <Text size="sm" c="dimmed">
          Looking where it is used …
        </Text>
      )}
      {usage.data && <WorkflowUses workflows={usage.data.workflows} />}
      {usage.data && usage.data.pending > 0 && <Text size="sm">{pendingWords(usage.data.pending)}</Text>}
      <Text size="sm">This cannot be undone.</Text>
    </DeleteForm>
  );
}

function pendingWords(count: number): string {
  if (count === 1) return "1 message still waits to be accepted, and fails.";
  return `${count >= 1_000 ? "1,000 messages or more" : `${count} messages`} still wait to be accepted, and fail.`;
}

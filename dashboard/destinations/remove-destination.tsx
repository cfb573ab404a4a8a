import { Button, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { type Destination, destinationUsageQuery, useRemoveDestination } from "../api/destinations.ts";
import { hasCode } from "../api/field-errors.ts";
import { ConfirmName, isSameName } from "../shell/confirm-name.tsx";
import { DialogActions } from "../shell/dialog-actions.tsx";
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

/** Shows what uses the destination, and deletes it once its name is typed. */
function RemoveForm({ destination: { id, name }, onCancel }: { destination: Destination; onCancel: () => void }) {
  const [typed, setTyped] = useState("");
  const [, navigate] = useLocation();
  const remove = useRemoveDestination();
  const usage = useQuery(destinationUsageQuery(id));
  const mayDelete = usage.data !== undefined && isSameName(typed, name);

  function leave() {
    notifications.show({ title: "Deleted", message: `${name} and its signing secret are deleted.` });
    navigate("/settings/destinations", { replace: true });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!mayDelete || remove.isPending || remove.isSuccess) return;
    remove.mutate(id, {
      onSuccess: leave,
      // It was deleted meanwhile, as wanted.
      onError: (error) => hasCode(error, "not_found") && leave(),
    });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {usage.error && <Failure error={usage.error} onReload={usage.refetch} />}
        {usage.data === undefined && !usage.error && (
          <Text size="sm" c="dimmed">
            Looking where it is used …
          </Text>
        )}
        {usage.data && <WorkflowUses workflows={usage.data.workflows} />}
        {usage.data && usage.data.pending > 0 && <Text size="sm">{pendingWords(usage.data.pending)}</Text>}
        <Text size="sm">This cannot be undone.</Text>
        <ConfirmName
          name={name}
          value={typed}
          onChange={(value) => {
            if (remove.isError) remove.reset();
            setTyped(value);
          }}
        />
        {remove.error && !hasCode(remove.error, "not_found") && <Failure error={remove.error} />}
        <DialogActions>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" color="brick" disabled={!mayDelete} loading={remove.isPending || remove.isSuccess}>
            Delete destination
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

function pendingWords(count: number): string {
  if (count === 1) return "1 message still waits to be accepted, and fails.";
  return `${count >= 1_000 ? "1,000 messages or more" : `${count} messages`} still wait to be accepted, and fail.`;
}

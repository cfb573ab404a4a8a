import { Button, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import type { Credential } from "../api/credentials.ts";
import { Panel } from "../shell/panel.tsx";
import { RemoveForm } from "./remove-form.tsx";

export function RemoveCredential({ credential }: { credential: Credential }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <Panel id="remove" title="Delete">
      <Text size="sm">
        Its secret is deleted at once, and everything that uses it stops working. If only its access has ended, reconnect it
        instead.
      </Text>
      <Button mt="sm" color="brick" variant="light" leftSection={<IconTrash size={16} aria-hidden />} onClick={open}>
        Delete the credential …
      </Button>
      <Modal opened={isOpen} onClose={close} title="Delete the credential?" closeButtonProps={{ "aria-label": "Close" }}>
        <RemoveForm credential={credential} onCancel={close} />
      </Modal>
    </Panel>
  );
}

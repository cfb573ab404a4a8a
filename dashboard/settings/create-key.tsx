import { Modal } from "@mantine/core";
import type { KeyScope } from "../api/api-keys.ts";
import { useCreateApiKey } from "../api/api-keys.ts";
import { CreateKeyForm } from "./create-key-form.tsx";
import { ShownOnce } from "./shown-once.tsx";

export interface CreateKeyProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly scopes: readonly KeyScope[];
}

/** Makes a key, then shows it once: from then on, nothing but the button that says so closes the dialog. */
export function CreateKey({ isOpen, onClose, scopes }: CreateKeyProps) {
  const create = useCreateApiKey();
  const made = create.data;

  function close() {
    if (create.isPending) return;
    onClose();
    create.reset();
  }

  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={made ? "Copy the key now" : "Create an API key"}
      size="lg"
      closeOnClickOutside={made === undefined}
      closeOnEscape={made === undefined}
      withCloseButton={made === undefined}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {made ? (
        <ShownOnce apiKey={made} onDone={close} />
      ) : (
        <CreateKeyForm scopes={scopes} creation={create} onSubmit={(key) => create.mutate(key)} onCancel={close} />
      )}
    </Modal>
  );
}

import { Button, Modal, Stack, Text } from "@mantine/core";
import { DialogActions } from "../shell/dialog-actions.tsx";

export interface NewKeyDialogProps {
  readonly isOpen: boolean;
  /** Values wait under an older key. */
  readonly isUnfinished: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

export function NewKeyDialog({ isOpen, isUnfinished, onClose, onConfirm }: NewKeyDialogProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Create a new key?" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text size="sm">
          It is put first into the key file, and everything is re-encrypted with it. Existing copies of the file do not hold it:
          copy the file again when this is done, or a restored server cannot open its secrets.
        </Text>
        {isUnfinished && (
          <Text size="sm">
            Some values are still under an older key. They are re-encrypted with the current one first, and no further key is
            created now.
          </Text>
        )}
        <DialogActions>
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button onClick={onConfirm}>{isUnfinished ? "Finish re-encrypting" : "Create it and re-encrypt everything"}</Button>
        </DialogActions>
      </Stack>
    </Modal>
  );
}

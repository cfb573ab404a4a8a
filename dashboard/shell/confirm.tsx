import { Button, Modal, Stack, Text } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { DialogActions } from "./dialog-actions.tsx";
import { Failure } from "./failure.tsx";

export interface ConfirmProps {
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** Names what is done, on the button that does it. */
  readonly verb: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
  /** The change that `onConfirm` begins. */
  readonly change: Pick<UseMutationResult<unknown, Error, never>, "isPending" | "error" | "reset">;
}

/** Asks before something that cannot be taken back. Stays open where it failed, and says why. */
export function Confirm({ title, children, verb, isOpen, onClose, onConfirm, change }: ConfirmProps) {
  function close() {
    if (change.isPending) return;
    change.reset();
    onClose();
  }
  return (
    <Modal opened={isOpen} onClose={close} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text size="sm" component="div">
          {children}
        </Text>
        {change.error && <Failure error={change.error} />}
        <DialogActions>
          <Button variant="default" onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button color="brick" onClick={onConfirm} loading={change.isPending}>
            {verb}
          </Button>
        </DialogActions>
      </Stack>
    </Modal>
  );
}

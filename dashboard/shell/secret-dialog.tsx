import { Modal } from "@mantine/core";
import type { ReactNode } from "react";

interface SecretDialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  /** A secret is shown in it: nothing but the button that says so closes it. */
  readonly isShowing: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog that creates a secret, then shows it once. */
export function SecretDialog({ title, isOpen, isShowing, onClose, children }: SecretDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      size="lg"
      closeOnClickOutside={!isShowing}
      closeOnEscape={!isShowing}
      withCloseButton={!isShowing}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {children}
    </Modal>
  );
}

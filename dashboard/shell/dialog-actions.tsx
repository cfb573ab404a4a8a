import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./dialog-actions.module.css";

/** The buttons at the foot of a dialog: in sight however long the dialog is, and however low the window. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <Group justify="flex-end" className={classes.actions}>
      {children}
    </Group>
  );
}

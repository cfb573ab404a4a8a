import { Button, Modal, Stack, Text } from "@mantine/core";
import { diffWorkflows } from "../../workflows/diff.ts";
import type { SavedWorkflow, Workflow } from "../api/workflows.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { DiffList } from "./diff-list.tsx";

interface ConflictDialogProps {
  /** What somebody else saved meanwhile; undefined while there is no conflict. */
  readonly theirs: SavedWorkflow | undefined;
  readonly mine: Workflow;
  readonly isSaving: boolean;
  readonly onKeepMine: () => void;
  readonly onTakeTheirs: () => void;
  readonly onClose: () => void;
}

/** Two people changed one workflow: shows the difference, and lets the second one choose. */
export function ConflictDialog({ theirs, mine, isSaving, onKeepMine, onTakeTheirs, onClose }: ConflictDialogProps) {
  return (
    <Modal
      opened={theirs !== undefined}
      onClose={onClose}
      size="lg"
      title="Someone else has saved this workflow"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {theirs && (
        <Stack>
          <Text size="sm">
            It was saved while you were editing. This is how your changes differ from what is saved now; nothing of yours is lost
            until you choose.
          </Text>
          <DiffList label="How your changes differ" changes={diffWorkflows(theirs.definition, mine)} />
          <DialogActions>
            <Button variant="default" onClick={onClose} data-autofocus>
              Keep editing
            </Button>
            <Button variant="light" color="brick" onClick={onTakeTheirs}>
              Discard mine
            </Button>
            <Button loading={isSaving} onClick={onKeepMine}>
              Save mine over it
            </Button>
          </DialogActions>
        </Stack>
      )}
    </Modal>
  );
}

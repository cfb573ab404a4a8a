import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { toName } from "../../text/names.ts";
import type { Credential } from "../api/credentials.ts";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { useFaults } from "../shell/use-faults.ts";
import { ConflictNote } from "./conflict-note.tsx";
import { useEdit } from "./use-edit.ts";

export interface RenameDialogProps {
  readonly credential: Credential;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function RenameDialog({ credential, isOpen, onClose }: RenameDialogProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Rename the credential" closeButtonProps={{ "aria-label": "Close" }}>
      <RenameForm credential={credential} onDone={onClose} />
    </Modal>
  );
}

function RenameForm({ credential, onDone }: { credential: Credential; onDone: () => void }) {
  const [nickname, setNickname] = useState(credential.nickname);
  const { save, isConflict, refusal, error, isPending } = useEdit(credential);
  const { found, check, changed } = useFaults<"nickname">(refusal);
  const name = toName(nickname);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!check({ nickname: name === "" ? "Give it a name that your team recognises." : undefined })) return;
    if (name === credential.nickname) return onDone();
    save({ nickname: name }, (saved) => {
      notifications.show({ title: "Renamed", message: `It is now called ${saved.nickname}.` });
      onDone();
    });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Nickname"
          description="Calls that use the nickname need the new one; calls that use the ID are not affected."
          required
          data-autofocus
          maxLength={100}
          value={nickname}
          onChange={({ currentTarget }) => {
            changed("nickname");
            setNickname(currentTarget.value);
          }}
          error={found.nickname ?? fieldError(error, "/nickname")}
        />
        {isConflict && <ConflictNote>It is called “{credential.nickname}” now. Save again to give it your name.</ConflictNote>}
        {error && !isAllAtFields(error, ["/nickname"]) && <Failure error={error} />}
        <DialogActions>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending}>
            Save
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

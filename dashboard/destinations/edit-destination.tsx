import { Button, Modal, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { toName } from "../../text/names.ts";
import { type Destination, useUpdateDestination } from "../api/destinations.ts";
import { fieldError, hasCode, isAllAtFields } from "../api/field-errors.ts";
import { ConflictNote } from "../credentials/conflict-note.tsx";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { useFaults } from "../shell/use-faults.ts";
import { DestinationFields, missingIn } from "./destination-fields.tsx";

const FIELDS = ["/name", "/url"];

interface EditDestinationProps {
  readonly destination: Destination;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function EditDestination({ destination, isOpen, onClose }: EditDestinationProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Edit the destination" closeButtonProps={{ "aria-label": "Close" }}>
      <EditForm destination={destination} onDone={onClose} />
    </Modal>
  );
}

/** A change applies to the version that was current when the person began; after a conflict, to the one that is shown then. */
function EditForm({ destination, onDone }: { destination: Destination; onDone: () => void }) {
  const [began, setBegan] = useState(destination.version);
  const [texts, setTexts] = useState({ name: destination.name, url: destination.url });
  const update = useUpdateDestination();
  const { found, check, changed } = useFaults<"name" | "url">(update);
  const isConflict = hasCode(update.error, "conflict") && !isAllAtFields(update.error, FIELDS);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (update.isPending || !check(missingIn(texts))) return;
    const version = isConflict ? destination.version : began;
    if (isConflict) setBegan(version);
    update.mutate(
      { id: destination.id, name: toName(texts.name), url: texts.url.trim(), version },
      {
        onSuccess: ({ name }) => {
          notifications.show({ title: "Saved", message: `${name} is changed.` });
          onDone();
        },
      },
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <DestinationFields
          texts={texts}
          onChange={(field, text) => {
            if (!isConflict) changed(field);
            setTexts({ ...texts, [field]: text });
          }}
          errors={{
            name: found.name ?? fieldError(update.error, "/name"),
            url: found.url ?? fieldError(update.error, "/url"),
          }}
        />
        {isConflict && (
          <ConflictNote>
            It is called “{destination.name}” at {destination.url} now. Save again to replace that with what you entered.
          </ConflictNote>
        )}
        {update.error && !isConflict && !isAllAtFields(update.error, FIELDS) && <Failure error={update.error} />}
        <DialogActions>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={update.isPending}>
            Save
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

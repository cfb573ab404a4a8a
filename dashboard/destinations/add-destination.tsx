import { Button, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type Destination, useAddDestination } from "../api/destinations.ts";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { SecretDialog } from "../shell/secret-dialog.tsx";
import { useFaults } from "../shell/use-faults.ts";
import { DestinationFields, missingIn } from "./destination-fields.tsx";
import { SigningSecret } from "./signing-secret.tsx";

interface AddDestinationProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** It is there; its secret is still being shown. */
  readonly onAdded?: (destination: Destination) => void;
  /** Whoever added it has saved its secret. */
  readonly onSaved?: (destination: Destination) => void;
}

/** Adds a destination, then shows its signing secret once. */
export function AddDestination({ isOpen, onClose, onAdded, onSaved }: AddDestinationProps) {
  const add = useAddDestination();
  const added = add.data;

  function close() {
    if (add.isPending) return;
    onClose();
    add.reset();
  }

  function finish() {
    close();
    if (added) onSaved?.(added);
  }

  return (
    <SecretDialog
      title={added ? "Copy the signing secret now" : "Add a destination"}
      isOpen={isOpen}
      isShowing={added !== undefined}
      onClose={close}
    >
      {added ? <SigningSecret destination={added} onDone={finish} /> : <AddForm add={add} onAdded={onAdded} onCancel={close} />}
    </SecretDialog>
  );
}

interface AddFormProps {
  readonly add: ReturnType<typeof useAddDestination>;
  readonly onAdded: ((destination: Destination) => void) | undefined;
  readonly onCancel: () => void;
}

function AddForm({ add, onAdded, onCancel }: AddFormProps) {
  const [texts, setTexts] = useState({ name: "", url: "" });
  const { found, check, changed } = useFaults<"name" | "url">(add);

  function submit(event: FormEvent) {
    event.preventDefault();
    // The dialog may stand within another form.
    event.stopPropagation();
    if (!check(missingIn(texts)) || add.isPending) return;
    add.mutate({ name: texts.name.trim(), url: texts.url.trim() }, { onSuccess: (added) => onAdded?.(added) });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <DestinationFields
          texts={texts}
          onChange={(field, text) => {
            changed(field);
            setTexts({ ...texts, [field]: text });
          }}
          errors={{
            name: found.name ?? fieldError(add.error, "/name"),
            url: found.url ?? fieldError(add.error, "/url"),
          }}
        />
        {add.error && !isAllAtFields(add.error, ["/name", "/url"]) && <Failure error={add.error} />}
        <DialogActions>
          <Button variant="default" onClick={onCancel} disabled={add.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending}>
            Add the destination
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

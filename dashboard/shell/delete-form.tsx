import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { toName } from "../../text/names.ts";
import { hasCode } from "../api/field-errors.ts";
import { DialogActions } from "./dialog-actions.tsx";
import { Failure } from "./failure.tsx";

/** A deletion as `useMutation` makes it; it is given the id. */
interface Removal {
  readonly mutate: (id: string, done: { onSuccess: () => void; onError: (error: Error) => void }) => void;
  readonly reset: () => void;
  readonly error: Error | null;
  readonly isError: boolean;
  readonly isPending: boolean;
  readonly isSuccess: boolean;
}

interface DeleteFormProps {
  readonly id: string;
  /** What is to be typed. */
  readonly name: string;
  /** On the button, such as "Delete credential". */
  readonly label: string;
  readonly remove: Removal;
  /** Not before it is known what goes with it. */
  readonly isReady?: boolean;
  readonly onDeleted: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** Shows what is lost, and deletes it once its name is typed; spaces around it do not count. */
export function DeleteForm(props: DeleteFormProps) {
  const { id, name, label, remove, isReady = true, onDeleted, onCancel, children } = props;
  const [typed, setTyped] = useState("");
  const mayDelete = isReady && toName(typed) === toName(name);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!mayDelete || remove.isPending || remove.isSuccess) return;
    remove.mutate(id, {
      onSuccess: onDeleted,
      // It was deleted meanwhile, as wanted.
      onError: (error) => hasCode(error, "not_found") && onDeleted(),
    });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {children}
        <TextInput
          label={
            <>
              Type <strong>{name}</strong> to confirm
            </>
          }
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={({ currentTarget }) => {
            if (remove.isError) remove.reset();
            setTyped(currentTarget.value);
          }}
        />
        {remove.error && !hasCode(remove.error, "not_found") && <Failure error={remove.error} />}
        <DialogActions>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" color="brick" disabled={!mayDelete} loading={remove.isPending || remove.isSuccess}>
            {label}
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

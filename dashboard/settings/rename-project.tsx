import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { toName } from "../../text/names.ts";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { type Project, useRenameProject } from "../api/projects.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { useFaults } from "../shell/use-faults.ts";

export function RenameProject({ project }: { project: Project }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" size="xs" onClick={open} aria-label={`Rename ${project.name}`}>
        Rename
      </Button>
      <Modal opened={isOpen} onClose={close} title="Rename the project" closeButtonProps={{ "aria-label": "Close" }}>
        <RenameForm project={project} onDone={close} />
      </Modal>
    </>
  );
}

function RenameForm({ project, onDone }: { project: Project; onDone: () => void }) {
  const [typed, setTyped] = useState(project.name);
  const rename = useRenameProject();
  const { found, check, changed } = useFaults<"name">(rename);
  const name = toName(typed);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (rename.isPending || !check({ name: name === "" ? "Give it a name." : undefined })) return;
    if (name === project.name) return onDone();
    rename.mutate(
      { id: project.id, name },
      {
        onSuccess: (renamed) => {
          notifications.show({ title: "Renamed", message: `It is now called ${renamed.name}.` });
          onDone();
        },
      },
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="The ID stays: calls and commands that name the project are not affected."
          required
          data-autofocus
          maxLength={100}
          autoComplete="off"
          value={typed}
          onChange={({ currentTarget }) => {
            changed("name");
            setTyped(currentTarget.value);
          }}
          error={found.name ?? fieldError(rename.error, "/name")}
        />
        {rename.error && !isAllAtFields(rename.error, ["/name"]) && <Failure error={rename.error} />}
        <DialogActions>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={rename.isPending}>
            Rename
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

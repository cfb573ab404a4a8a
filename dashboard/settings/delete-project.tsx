import { Button, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { hasCode } from "../api/field-errors.ts";
import { type Project, projectContentsQuery, useDeleteProject } from "../api/projects.ts";
import { useSignedIn } from "../api/session.ts";
import { ConfirmName, isSameName } from "../shell/confirm-name.tsx";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { ProjectContentsNote } from "./project-contents-note.tsx";

export function DeleteProject({ project }: { project: Project }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="light" color="brick" size="xs" onClick={open} aria-label={`Delete ${project.name}`}>
        Delete …
      </Button>
      <Modal opened={isOpen} onClose={close} title="Delete the project?" closeButtonProps={{ "aria-label": "Close" }}>
        <DeleteForm project={project} onDone={close} />
      </Modal>
    </>
  );
}

/** Shows what is in the project, and deletes it once its name is typed. */
function DeleteForm({ project: { id, name }, onDone }: { project: Project; onDone: () => void }) {
  const [typed, setTyped] = useState("");
  const { project: current } = useSignedIn();
  const contents = useQuery(projectContentsQuery(id));
  const remove = useDeleteProject();
  const mayDelete = contents.data !== undefined && isSameName(typed, name);

  function leave() {
    const next = id === current.id ? " You are in the default project now." : "";
    notifications.show({ title: "Deleted", message: `${name} and everything in it is deleted.${next}` });
    onDone();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!mayDelete || remove.isPending || remove.isSuccess) return;
    remove.mutate(id, {
      onSuccess: leave,
      // It was deleted meanwhile, as wanted.
      onError: (error) => hasCode(error, "not_found") && leave(),
    });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProjectContentsNote contents={contents.data} error={contents.error} onReload={contents.refetch} />
        <Text size="sm">
          Everything in it is deleted at once, and programs that use its API keys are refused. This cannot be undone. Nothing is
          deleted in the connected accounts.
        </Text>
        <ConfirmName
          name={name}
          value={typed}
          onChange={(value) => {
            if (remove.isError) remove.reset();
            setTyped(value);
          }}
        />
        {remove.error && !hasCode(remove.error, "not_found") && <Failure error={remove.error} />}
        <DialogActions>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" color="brick" disabled={!mayDelete} loading={remove.isPending || remove.isSuccess}>
            Delete project
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

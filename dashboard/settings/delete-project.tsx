import { Button, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type Project, projectContentsQuery, useDeleteProject } from "../api/projects.ts";
import { useSignedIn } from "../api/session.ts";
import { DeleteForm } from "../shell/delete-form.tsx";
import { ProjectContentsNote } from "./project-contents-note.tsx";

export function DeleteProject({ project }: { project: Project }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="light" color="brick" size="xs" onClick={open} aria-label={`Delete ${project.name}`}>
        Delete …
      </Button>
      <Modal opened={isOpen} onClose={close} title="Delete the project?" closeButtonProps={{ "aria-label": "Close" }}>
        <DeleteProjectForm project={project} onDone={close} />
      </Modal>
    </>
  );
}

function DeleteProjectForm({ project: { id, name }, onDone }: { project: Project; onDone: () => void }) {
  const { project: current } = useSignedIn();
  const contents = useQuery(projectContentsQuery(id));

  function leave() {
    const next = id === current.id ? " You are in the default project now." : "";
    notifications.show({ title: "Deleted", message: `${name} and everything in it is deleted.${next}` });
    onDone();
  }

  return (
    <DeleteForm
      {...{ id, name }}
      label="Delete project"
      remove={useDeleteProject()}
      isReady={contents.data !== undefined}
      onDeleted={leave}
      onCancel={onDone}
    >
      <ProjectContentsNote contents={contents.data} error={contents.error} onReload={contents.refetch} />
      <Text size="sm">
        Everything in it is deleted at once, and programs that use its API keys are refused. This cannot be undone. Nothing is
        deleted in the connected accounts.
      </Text>
    </DeleteForm>
  );
}

import { ActionIcon, Badge, Button, Group, Menu, Tabs, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDotsVertical, IconPlayerPause, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useUsable } from "../api/catalog.ts";
import { type SavedWorkflow, usePauseWorkflow, useRemoveWorkflow } from "../api/workflows.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Confirm } from "../shell/confirm.tsx";
import { Failure } from "../shell/failure.tsx";
import { Page } from "../shell/page.tsx";
import { Editor } from "./editor.tsx";
import { NEW } from "./new-workflow.ts";
import { RunNow } from "./run-now.tsx";
import { STATUSES } from "./status-words.ts";
import { useDraft } from "./use-draft.ts";
import { VersionsPanel } from "./versions-panel.tsx";

export function WorkflowView({ workflow }: { workflow: SavedWorkflow }) {
  const isNew = workflow.id === NEW;
  const pause = usePauseWorkflow();
  return (
    <Page
      title={isNew ? "New workflow" : workflow.title}
      above={<BackLink to="/workflows">Workflows</BackLink>}
      lead={!isNew && <State workflow={workflow} />}
      actions={
        !isNew && (
          <>
            <Button component={Link} href={`/runs?workflow=${encodeURIComponent(workflow.id)}`} variant="default">
              Runs
            </Button>
            {workflow.status === "published" && <RunNow workflow={workflow} />}
            <WorkflowMenu workflow={workflow} pause={pause} />
          </>
        )
      }
    >
      {pause.error && <Failure error={pause.error} />}
      <Content workflow={workflow} />
    </Page>
  );
}

function Content({ workflow }: { workflow: SavedWorkflow }) {
  const usable = useUsable();
  const draft = useDraft(workflow);
  if (workflow.id === NEW) return <Editor workflow={workflow} draft={draft} usable={usable} />;
  return (
    <Tabs defaultValue="draft" keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="draft">Draft</Tabs.Tab>
        <Tabs.Tab value="versions">Versions</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="draft">
        <Editor workflow={workflow} draft={draft} usable={usable} />
      </Tabs.Panel>
      <Tabs.Panel value="versions">
        <VersionsPanel
          workflow={workflow}
          draft={draft.definition}
          onRolledBack={(saved) => {
            draft.take(saved);
            notifications.show({ title: "The draft has changed", message: "Publish it, and runs use it." });
          }}
        />
      </Tabs.Panel>
    </Tabs>
  );
}

function State({ workflow: { status, published } }: { workflow: SavedWorkflow }) {
  const { label, color } = STATUSES[status];
  return (
    <Group gap="xs">
      <Badge color={color}>{label}</Badge>
      <Text size="sm" component="span">
        {published === null ? "It cannot be started yet." : `Version ${published}`}
        {status === "paused" && ", starts no runs"}
      </Text>
    </Group>
  );
}

interface WorkflowMenuProps {
  readonly workflow: SavedWorkflow;
  readonly pause: ReturnType<typeof usePauseWorkflow>;
}

function WorkflowMenu({ workflow: { id, title, status, published }, pause }: WorkflowMenuProps) {
  const [, navigate] = useLocation();
  const [isRemoving, setIsRemoving] = useState(false);
  const remove = useRemoveWorkflow();
  const isPaused = status === "paused";
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More" loading={pause.isPending}>
            <IconDotsVertical size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={isPaused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
            disabled={published === null}
            onClick={() => pause.mutate({ id, isPaused: !isPaused })}
          >
            {isPaused ? "Resume" : "Pause"}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setIsRemoving(true)}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        title={`Delete ${title}`}
        verb="Delete the workflow"
        isOpen={isRemoving}
        onClose={() => setIsRemoving(false)}
        onConfirm={() => remove.mutate(id, { onSuccess: () => navigate("/workflows") })}
        change={remove}
      >
        It cannot be started any more, and its versions are gone. Runs that have begun continue to their end.
      </Confirm>
    </>
  );
}

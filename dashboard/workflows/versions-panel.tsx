import { Badge, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { diffWorkflows } from "../../workflows/diff.ts";
import { type SavedWorkflow, useRollBackWorkflow, versionsQuery, type Workflow, type WorkflowVersion } from "../api/workflows.ts";
import { Ago } from "../shell/ago.tsx";
import { Confirm } from "../shell/confirm.tsx";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { DiffList } from "./diff-list.tsx";

interface VersionsPanelProps {
  readonly workflow: SavedWorkflow;
  readonly draft: Workflow;
  /** The version is the draft now. */
  readonly onRolledBack: (workflow: SavedWorkflow) => void;
}

/** What was published, newest first, and how each differs from the draft. */
export function VersionsPanel({ workflow, draft, onRolledBack }: VersionsPanelProps) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(versionsQuery(workflow.id));
  const [wanted, setWanted] = useState<WorkflowVersion>();
  const rollBack = useRollBackWorkflow();
  const versions = data?.pages.flatMap((page) => page.data);
  if (error) return <Failure error={error} onReload={refetch} />;
  if (!versions) return <Loading what="the versions" />;
  if (versions.length === 0)
    return (
      <Empty icon={<IconHistory />} title="Not published yet">
        Each time that the draft is published, it is kept here as a version. Runs keep the version that they started with.
      </Empty>
    );
  return (
    <Stack gap="md">
      {versions.map((version) => (
        <Version
          key={version.version}
          version={version}
          isCurrent={version.version === workflow.published}
          draft={draft}
          onRollBack={() => setWanted(version)}
        />
      ))}
      {hasNextPage && (
        <Button variant="default" mx="auto" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          Show more versions
        </Button>
      )}
      <Confirm
        title={`Restore version ${wanted?.version}`}
        verb="Make it the draft"
        isOpen={wanted !== undefined}
        onClose={() => setWanted(undefined)}
        change={rollBack}
        onConfirm={() =>
          wanted &&
          rollBack.mutate(
            { id: workflow.id, version: wanted.version },
            {
              onSuccess: (saved) => {
                setWanted(undefined);
                onRolledBack(saved);
              },
            },
          )
        }
      >
        The draft becomes what version {wanted?.version} was; changes of the draft that were not published are lost. Runs use it
        once you publish.
      </Confirm>
    </Stack>
  );
}

interface VersionProps {
  readonly version: WorkflowVersion;
  readonly isCurrent: boolean;
  readonly draft: Workflow;
  readonly onRollBack: () => void;
}

function Version({ version, isCurrent, draft, onRollBack }: VersionProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Paper>
      <Group justify="space-between">
        <Group gap="sm">
          <Text fw={600}>Version {version.version}</Text>
          {isCurrent && <Badge>Current</Badge>}
          <Text size="sm" c="dimmed" component="span">
            Published <Ago at={version.publishedAt} />
          </Text>
        </Group>
        <Group gap="xs">
          <Button size="xs" variant="default" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            Compare with the draft
          </Button>
          <Button size="xs" variant="light" onClick={onRollBack}>
            Restore this version
          </Button>
        </Group>
      </Group>
      {isOpen && (
        <Stack mt="md">
          <DiffList
            label={`How the draft differs from version ${version.version}`}
            changes={diffWorkflows(version.definition, draft)}
          />
        </Stack>
      )}
    </Paper>
  );
}

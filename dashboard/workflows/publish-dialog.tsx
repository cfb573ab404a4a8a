import { Button, Modal, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { diffWorkflows } from "../../workflows/diff.ts";
import type { Finding } from "../../workflows/types.ts";
import { type SavedWorkflow, versionsQuery, type Workflow } from "../api/workflows.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { DiffList } from "./diff-list.tsx";
import { FindingNote } from "./fields/field-notes.tsx";

interface PublishDialogProps {
  readonly isOpen: boolean;
  readonly workflow: SavedWorkflow;
  readonly draft: Workflow;
  readonly doubts: readonly Finding[];
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onPublish: () => void;
  readonly onClose: () => void;
}

/** What will be different for runs that start from now on. */
export function PublishDialog(props: PublishDialogProps) {
  const { isOpen, onClose } = props;
  return (
    <Modal opened={isOpen} onClose={onClose} size="lg" title="Publish" closeButtonProps={{ "aria-label": "Close" }}>
      <Content {...props} />
    </Modal>
  );
}

function Content({ workflow, draft, doubts, isPending, error, onPublish, onClose }: PublishDialogProps) {
  const isFirst = workflow.published === null;
  return (
    <Stack>
      <Text size="sm">
        {isFirst
          ? "From now on the workflow can be started."
          : `Runs that start from now on use version ${(workflow.published ?? 0) + 1}. Runs that have begun continue with theirs.`}
      </Text>
      {!isFirst && <Difference workflow={workflow} draft={draft} />}
      {doubts.length > 0 && (
        <div>
          <Text size="sm" fw={550}>
            {doubts.length === 1 ? "One warning" : `${doubts.length} warnings`}
          </Text>
          {doubts.map((finding) => (
            <FindingNote key={`${finding.step} ${finding.field} ${finding.message}`} finding={finding} />
          ))}
        </div>
      )}
      {Boolean(error) && <Failure error={error} />}
      <DialogActions>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={onPublish} loading={isPending} data-autofocus>
          Publish {isFirst ? "" : `version ${(workflow.published ?? 0) + 1}`}
        </Button>
      </DialogActions>
    </Stack>
  );
}

function Difference({ workflow, draft }: { workflow: SavedWorkflow; draft: Workflow }) {
  const { data, error, refetch } = useInfiniteQuery(versionsQuery(workflow.id));
  if (error) return <Failure error={error} onReload={refetch} />;
  if (!data) return <Loading what="the published version" lines={2} />;
  const published = data.pages.flatMap((page) => page.data).find(({ version }) => version === workflow.published);
  if (published === undefined) return null;
  return <DiffList label="What changes" changes={diffWorkflows(published.definition, draft)} />;
}

import { Button } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { hasCode } from "../api/field-errors.ts";
import { useSignedIn } from "../api/session.ts";
import { workflowQuery } from "../api/workflows.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { NEW, unsaved } from "./new-workflow.ts";
import { WorkflowView } from "./workflow-view.tsx";

/** One workflow: its draft, and what was published of it. */
export function WorkflowPage({ id }: { id: string }) {
  const { project } = useSignedIn();
  const isNew = id === NEW;
  const { data, error, refetch } = useQuery({ ...workflowQuery(id), enabled: !isNew });
  const workflow = useMemo(() => (isNew ? unsaved(project.id) : data), [isNew, project.id, data]);
  if (workflow) return <WorkflowView workflow={workflow} />;
  return (
    <Page title="Workflow" above={<BackLink to="/workflows">Workflows</BackLink>}>
      {hasCode(error, "not_found") ? (
        <Empty
          icon={<IconZoomQuestion />}
          title="There is no such workflow"
          action={
            <Button component={Link} href="/workflows" variant="light">
              All workflows
            </Button>
          }
        >
          It may have been removed, or belong to another project.
        </Empty>
      ) : error ? (
        <Failure error={error} onReload={refetch} />
      ) : (
        <Loading what="the workflow" lines={6} />
      )}
    </Page>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSignedIn } from "../api/session.ts";
import { workflowQuery } from "../api/workflows.ts";
import { BackLink } from "../shell/back-link.tsx";
import { NotShown } from "../shell/not-shown.tsx";
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
      <NotShown what="workflow" list="/workflows" error={error} onReload={refetch}>
        It was deleted, or it belongs to another project than the one you are in.
      </NotShown>
    </Page>
  );
}

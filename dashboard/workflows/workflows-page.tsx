import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "wouter";
import { Page } from "../shell/page.tsx";
import { WorkflowList } from "./workflow-list.tsx";

/** All workflows of the project. */
export function WorkflowsPage() {
  return (
    <Page
      title="Workflows"
      lead="Steps that run in order: read and change records, send messages, wait, ask for approval."
      actions={
        <Button component={Link} href="/workflows/start" leftSection={<IconPlus size={16} aria-hidden />}>
          New workflow
        </Button>
      }
    >
      <WorkflowList />
    </Page>
  );
}

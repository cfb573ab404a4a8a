import type { WorkflowSummary } from "../api/workflows.ts";

export const STATUSES: Readonly<Record<WorkflowSummary["status"], { readonly label: string; readonly color: string }>> = {
  draft: { label: "Draft", color: "gray" },
  published: { label: "Published", color: "sea" },
  paused: { label: "Paused", color: "amber" },
};

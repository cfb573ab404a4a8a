import type { SavedWorkflow, Workflow } from "../../schemas/types/index.ts";

/** Names what has not been saved yet, in addresses and among the drafts that this browser keeps. */
export const NEW = "new";

/** Where a new workflow begins: nothing is on the server before it is saved. */
export function unsaved(project: string): SavedWorkflow {
  const definition: Workflow = { name: "workflow", title: "", trigger: { type: "api" }, steps: [] as never };
  return {
    id: NEW,
    project,
    name: definition.name,
    title: definition.title,
    status: "draft",
    trigger: "api",
    version: 0,
    published: null,
    hasChanges: true,
    createdAt: "",
    updatedAt: "",
    nextTimes: [],
    definition,
  };
}

/** A name for addresses and files from a title: small letters, digits and hyphens. */
export function toWorkflowName(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const name = plain.replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+|-+$/g, "");
  return name.slice(0, 60).replace(/-+$/, "") || "workflow";
}

import type { Access } from "../../store/access.ts";

/** To everything of a project, or to what belongs to one owner in it. */
export function accessTo(project: string, owner?: string): Access {
  return { project, actor: "test", ...(owner !== undefined && { owner }) };
}

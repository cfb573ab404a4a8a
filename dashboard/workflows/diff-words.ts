import { pointerTokens } from "../../json-schema/pointer.ts";
import type { WorkflowChange } from "../../workflows/diff.ts";

/** A change as one line. */
export interface ChangeLine {
  readonly what: "added" | "removed" | "changed" | "moved";
  readonly where: string;
  readonly note?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export function toLines(changes: readonly WorkflowChange[]): readonly ChangeLine[] {
  return changes.flatMap((change): ChangeLine[] => {
    switch (change.type) {
      case "workflow":
        return change.fields.map(({ field, ...values }) => ({ what: "changed", where: `Workflow: ${toPath(field)}`, ...values }));
      case "changed":
        return change.fields.map(({ field, ...values }) => ({
          what: "changed",
          where: `${change.title}: ${toPath(field)}`,
          ...values,
        }));
      case "moved":
        return [{ what: "moved", where: change.title, note: `from place ${change.from} to place ${change.to}` }];
      default:
        return [{ what: change.type, where: change.title, note: `as step ${change.place}` }];
    }
  });
}

/** A pointer as people read it. */
function toPath(field: string): string {
  return pointerTokens(field)
    .map((token) => (/^\d+$/.test(token) ? `entry ${Number(token) + 1}` : (FIELDS[token] ?? token)))
    .join(" › ");
}

const FIELDS: Readonly<Record<string, string>> = {
  when: "conditions",
  forEach: "repeat",
  onError: "if it fails",
  timeout: "time limit",
  body: "message",
};

export function toValueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

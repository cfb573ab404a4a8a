import type { Run, RunStatus, RunStep } from "../api/runs.ts";

export interface StatusWords {
  readonly label: string;
  readonly color: string;
}

export const RUN_STATUSES: Readonly<Record<RunStatus, StatusWords>> = {
  queued: { label: "Queued", color: "gray" },
  running: { label: "Running", color: "sea" },
  waiting: { label: "Waiting", color: "amber" },
  succeeded: { label: "Succeeded", color: "sea" },
  failed: { label: "Failed", color: "brick" },
  cancelled: { label: "Cancelled", color: "gray" },
  needs_attention: { label: "Needs attention", color: "brick" },
};

export const STEP_STATUSES: Readonly<Record<RunStep["status"], StatusWords>> = {
  pending: { label: "Not yet", color: "gray" },
  running: { label: "Running", color: "sea" },
  waiting: { label: "Waiting", color: "amber" },
  succeeded: { label: "Succeeded", color: "sea" },
  failed: { label: "Failed", color: "brick" },
  skipped: { label: "Skipped", color: "gray" },
  unknown: { label: "Outcome unknown", color: "brick" },
};

/** Nothing happens by itself any more. */
export function isOver({ status }: Pick<Run, "status">): boolean {
  return ["succeeded", "failed", "cancelled", "needs_attention"].includes(status);
}

export function toWaitingWords(waitingFor: Run["waitingFor"]): string {
  switch (waitingFor?.for) {
    case "approval":
      return "Waits for a decision";
    case "credential":
      return "Waits for its credential to be reconnected";
    case "time":
      return "Waits for a time";
    case "budget":
      return "Waits for the rate limit";
    default:
      return "";
  }
}

/** How long something took, as people say it. */
export function toDuration(from: string | null, to: string | null): string {
  if (from === null || to === null) return "";
  const ms = Date.parse(to) - Date.parse(from);
  if (ms < 1000) return `${ms} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

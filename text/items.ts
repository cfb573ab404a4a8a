/** How far a step over several items is. */
export interface Progress {
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  /** In all. */
  readonly total?: number | undefined;
  /** Where that is not known yet: at the least. */
  readonly known?: number | undefined;
  readonly perMinute?: number | undefined;
  /** RFC 3339: of all, or of those that are known. */
  readonly endsAt?: string | undefined;
}

/** In one phrase; the rest of the time is told as of `nowMs`. */
export function itemsText({ succeeded, failed, skipped, total, known, perMinute, endsAt }: Progress, nowMs: number): string {
  const ended = succeeded + failed + skipped;
  const ofAll = total === undefined || total === ended ? "" : ` of ${total}`;
  const ofKnown = known === undefined ? "" : ` of ${known} or more`;
  const pace = perMinute === undefined ? "" : `, ${perMinute} a minute`;
  const left =
    endsAt === undefined
      ? ""
      : `, ${known === undefined ? "about" : "at least"} ${durationText(Date.parse(endsAt) - nowMs)} left`;
  return `${succeeded} done, ${failed} failed, ${skipped} skipped${ofAll}${ofKnown}${pace}${left}`;
}

function durationText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

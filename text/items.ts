/** How far a step over several items is. */
export interface Progress {
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly total?: number | undefined;
  /** RFC 3339. */
  readonly endsAt?: string | undefined;
}

/** In one phrase; the rest of the time is told as of `nowMs`. */
export function itemsText({ succeeded, failed, skipped, total, endsAt }: Progress, nowMs: number): string {
  const ended = succeeded + failed + skipped;
  const of = total === undefined || total === ended ? "" : ` of ${total}`;
  const left = endsAt === undefined ? "" : `, about ${durationText(Date.parse(endsAt) - nowMs)} left`;
  return `${succeeded} done, ${failed} failed, ${skipped} skipped${of}${left}`;
}

function durationText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

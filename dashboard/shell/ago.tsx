import { Tooltip } from "@mantine/core";
import { useNow } from "./use-now.ts";

const STEPS = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** A moment as people say it ("2 minutes ago"), kept current; the exact time on hover and focus. */
export function Ago({ at }: { at: string }) {
  const nowMs = useNow(20_000);
  return (
    <Tooltip label={absolute.format(new Date(at))} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at}>{toWords(Date.parse(at), nowMs)}</time>
    </Tooltip>
  );
}

function toWords(atMs: number, nowMs: number): string {
  const seconds = Math.round((atMs - nowMs) / 1000);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

/** Seconds or an HTTP date, as RFC 9110 §10.2.3 has it; kept between 0 and `mostMs`. Anything else is not a hint. */
export function retryAfterOf(
  header: string | string[] | undefined,
  { nowMs, mostMs }: { nowMs: number; mostMs: number },
): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === "") return undefined;
  const ms = /^[+-]?\d/.test(text) && !Number.isNaN(Number(text)) ? Number(text) * 1000 : toDate(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(mostMs, Math.max(0, Math.ceil(ms)));
}

function toDate(text: string): number {
  return /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
}

const KEY = "lever-connector-return-to";
const KEPT_MS = 3_600_000;

/**
 * Which page was open when the session ended. The access link opens the start page, perhaps in another tab: from there it leads back.
 * Nothing but an address of this dashboard is kept, and that for an hour.
 */
export function keepReturnAddress(address: string): void {
  localStorage.setItem(KEY, JSON.stringify({ address, atMs: Date.now() }));
}

/** The kept address; the next one who asks gets none. */
export function takeReturnAddress(): string | undefined {
  const kept = localStorage.getItem(KEY);
  if (kept === null) return undefined;
  localStorage.removeItem(KEY);
  const { address, atMs } = JSON.parse(kept) as { address: string; atMs: number };
  return Date.now() - atMs < KEPT_MS ? address : undefined;
}

/** Forgets the entries of a map that were added first, beyond `max`. */
export function keepNewest<K, V>(entries: Map<K, V>, max: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(key);
  }
}

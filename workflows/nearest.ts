/** The name that somebody probably meant: the nearest of those there are, if it is near; undefined otherwise. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const wanted = plain(name);
  let best: string | undefined;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const one of names) {
    const distance = plain(one) === wanted ? 0 : editDistance(wanted, plain(one), least);
    if (distance < least) [best, least] = [one, distance];
  }
  return best;
}

/** Names are spelt `opportunity_id`, `opportunityId` or `opportunity-id`. */
function plain(name: string): string {
  return name
    .slice(0, 60)
    .toLowerCase()
    .replace(/[_\- ]/g, "");
}

/** Characters to insert, remove, replace or swap with their neighbour; at least `enough` where it is not less. */
function editDistance(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough) return enough;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const changed = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        changed,
        isSwap ? (before[j - 2] as number) + 1 : changed,
      );
    }
    [before, above] = [above, row];
  }
  return above[b.length] as number;
}

/** A list that stays in order while rows come, go and move, so that a page never needs a new sort. */
export interface OrderedList<Row extends Key, Key> {
  readonly rows: readonly Row[];
  insert(row: Row): void;
  /** Takes the row out. Call it before changing what the order depends on. */
  remove(row: Row): void;
  /** Index of the first row behind `key`. */
  firstAfter(key: Key): number;
}

export type Compare<Key> = (left: Key, right: Key) => number;

export function createOrderedList<Row extends Key, Key>(initial: Row[], compare: Compare<Key>): OrderedList<Row, Key> {
  const rows = [...initial].sort(compare);

  function firstAfter(key: Key): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(rows[middle] as Row, key) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  function insert(row: Row): void {
    rows.splice(firstAfter(row), 0, row);
  }

  function remove(row: Row): void {
    const index = firstAfter(row) - 1;
    if (rows[index] === row) rows.splice(index, 1);
  }

  return { rows, insert, remove, firstAfter };
}

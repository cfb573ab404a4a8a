import { useMemo, useState } from "react";
import type { ScopeSchema } from "./scope-schema.ts";
import { isOpenAtFirst, rowsOf, type ScopeNode } from "./scope-tree.ts";

/** Which rows of the tree are shown, and which of them the keys are at. */
export function useValueMenu(scope: ScopeSchema) {
  /** What is typed after `{{`; undefined while the menu is closed. */
  const [search, setSearch] = useState<string>();
  const [active, setActive] = useState(0);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const isOpen = (path: string) => isOpenAtFirst(path) !== toggled.has(path);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `isOpen` changes with `toggled`
  const rows = useMemo(() => (search === undefined ? [] : rowsOf(scope, { isOpen, search })), [scope, search, toggled]);

  function open(text: string): void {
    if (text === search) return;
    setSearch(text);
    setActive(-1);
  }

  function toggle({ path }: ScopeNode): void {
    setToggled((before) => {
      const next = new Set(before);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  }

  // Until a key has moved it, the first that can be picked and has nothing below it.
  const first = rows.findIndex(({ isHeading, hasChildren }) => !isHeading && !hasChildren);
  const at = active === -1 ? Math.max(0, first) : Math.min(active, rows.length - 1);
  return {
    isShown: search !== undefined,
    isSearched: (search ?? "").trim() !== "",
    rows,
    active: at,
    current: rows[at],
    isOpen,
    open,
    close: () => setSearch(undefined),
    move: (by: number) => setActive(Math.max(0, Math.min(rows.length - 1, at + by))),
    toggle,
  };
}

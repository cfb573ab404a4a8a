import { type RefObject, useEffect, useRef } from "react";

/**
 * For a part of a page whose rows can be removed: when what had the focus last is gone with its row, the heading of the part has it. Else the
 * keyboard would begin again at the top of the page, and a screen reader say nothing.
 *
 * @param shown which part it is; another one has another element
 */
export function useFocusKept<Part extends HTMLElement>(shown: unknown): RefObject<Part | null> {
  const part = useRef<Part>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another part has another element
  useEffect(() => {
    const node = part.current;
    if (node === null) return;
    let last: EventTarget | null = null;
    const note = ({ target }: FocusEvent) => {
      last = target;
    };
    // A dialog that is on its way out still has the focus while the row goes: everything that goes is looked at.
    const observer = new MutationObserver(() => {
      if (!(last instanceof HTMLElement) || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      node.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
    });
    node.addEventListener("focusin", note);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      node.removeEventListener("focusin", note);
      observer.disconnect();
    };
  }, [shown]);
  return part;
}

import { createContext, type RefObject, useContext, useEffect, useRef } from "react";
import { useLocation } from "wouter";

/** The page that focus was moved to last; undefined while the first one of this visit is shown. */
export const Arrival = createContext<RefObject<string | undefined>>({ current: undefined });

/**
 * Moves the focus to a page's heading after a change of page, so that the keyboard continues there and screen readers
 * say where they are. Not at the first page of a visit, where browsers and screen readers begin at the top by themselves.
 */
export function useArrival<Heading extends HTMLElement>(): RefObject<Heading | null> {
  const heading = useRef<Heading>(null);
  const last = useContext(Arrival);
  const [location] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the coming of a page counts, not what changes on it
  useEffect(() => {
    const isFirst = last.current === undefined;
    if (last.current === location) return keepFocus(heading.current);
    last.current = location;
    if (isFirst) return;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  return heading;
}

/** The same page is there anew, in another project for instance: what had the focus on it is gone. */
function keepFocus(heading: HTMLElement | null): void {
  if (document.activeElement === document.body) heading?.focus({ preventScroll: true });
}

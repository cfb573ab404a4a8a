import { useEffect, useRef } from "react";

/**
 * For a field that becomes larger or smaller when it is left: answers what to call on blur. Where a press of the mouse left it, `leave` waits for
 * the button's release: what is pressed stays under the pointer until the browser knows what was clicked, and a click handler already finds what
 * `leave` has changed.
 */
export function useLeave(leave: () => void): () => void {
  const latest = useRef(leave);
  const isPressed = useRef(false);
  const isLeft = useRef(false);
  useEffect(() => {
    latest.current = leave;
  });
  useEffect(() => {
    const press = ({ button }: MouseEvent) => {
      isPressed.current = button === 0;
    };
    const release = () => {
      isPressed.current = false;
      if (isLeft.current) latest.current();
      isLeft.current = false;
    };
    window.addEventListener("mousedown", press, true);
    for (const end of ENDS) window.addEventListener(end, release, true);
    return () => {
      window.removeEventListener("mousedown", press, true);
      for (const end of ENDS) window.removeEventListener(end, release, true);
    };
  }, []);
  return () => {
    if (isPressed.current) isLeft.current = true;
    else leave();
  };
}

/** A press that becomes a drag has no release. */
const ENDS = ["mouseup", "dragend"] as const;

/** Whole milliseconds that only grow: a clock that is set back in the middle of a call must not lengthen its deadline. */
export function steadyNow(): number {
  return Math.round(performance.now());
}

import type { Caller } from "../auth/caller.ts";

/** Divides places among projects and their callers. */
export interface Shares {
  /** Takes `amount` for this caller; answers how it is given back (repeatable), or undefined where the caller's share is used up. */
  take(caller: Pick<Caller, "project" | "id">, amount?: number): (() => void) | undefined;
}

/**
 * A project may hold as much as it leaves free, and a caller as much as it leaves of that: alone, a project gets half of `total` and a
 * caller a third. The more is held, the smaller the shares become, so that a flood of any number of callers leaves something for the next
 * project, and a flood of one caller something for others in its project.
 */
export function createShares(total: number): Shares {
  let free = total;
  const held = new Map<string, number>();

  function add(name: string, amount: number): void {
    const now = (held.get(name) ?? 0) + amount;
    if (now === 0) held.delete(name);
    else held.set(name, now);
  }

  return {
    take({ project, id }, amount = 1) {
      const caller = `${project} ${id}`;
      const left = free - amount;
      const ofProject = (held.get(project) ?? 0) + amount;
      const ofCaller = (held.get(caller) ?? 0) + amount;
      if (ofProject > left || ofCaller > left - ofProject) return undefined;
      change(-amount);
      let isHeld = true;
      return () => {
        if (isHeld) change(amount);
        isHeld = false;
      };

      function change(by: number): void {
        free += by;
        for (const name of [project, caller]) add(name, -by);
      }
    },
  };
}

import { useState } from "react";

export type Faults<Field extends string> = Readonly<Partial<Record<Field, string | undefined>>>;

/** As much of a mutation as tells that the server refused what the form sent. */
export interface Refusable {
  readonly isError: boolean;
  reset(): void;
}

/**
 * What was wrong with a form when it was sent last. Nothing is called wrong before that, and what has been changed since is not called wrong any
 * more until it is sent again: neither what was found here nor what the server refused.
 */
export function useFaults<Field extends string>(change: Refusable) {
  const [found, setFound] = useState({} as Faults<Field>);
  return {
    found,
    /** Shows what was found; answers whether nothing is wrong. */
    check(faults: Faults<Field>): boolean {
      setFound(faults);
      return Object.values(faults).every((fault) => fault === undefined);
    },
    /** These fields have been changed, or what they mean. */
    changed(...fields: Field[]): void {
      if (change.isError) change.reset();
      setFound((before) => {
        const entries = Object.entries(before) as [Field, string | undefined][];
        return Object.fromEntries(entries.filter(([field]) => !fields.includes(field))) as Faults<Field>;
      });
    },
  };
}

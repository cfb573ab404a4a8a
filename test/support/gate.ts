export interface Gate {
  open(): void;
  /** Settles once the gate is open. */
  readonly opened: Promise<void>;
}

/** Holds something back until a test lets it go on. */
export function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

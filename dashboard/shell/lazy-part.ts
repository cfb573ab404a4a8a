import { type ComponentType, type LazyExoticComponent, lazy } from "react";

/** The file of a part of the dashboard did not come: the server is away for a moment, or has been upgraded and has other files now. */
export class PartMissing extends Error {
  constructor(cause: unknown) {
    super("a file of the dashboard could not be loaded", { cause });
    this.name = "PartMissing";
  }
}

/** A component that is loaded when it is shown first. @throws PartMissing while it is drawn; browsers load such a file only after a reload */
export function lazyPart<Props>(load: () => Promise<ComponentType<Props>>): LazyExoticComponent<ComponentType<Props>> {
  return lazy(() =>
    load().then(
      (part) => ({ default: part }),
      (cause) => {
        throw new PartMissing(cause);
      },
    ),
  );
}

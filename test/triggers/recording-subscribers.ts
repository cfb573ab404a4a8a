import type { DocumentStore } from "../../store/document-store.ts";
import { insertIfAbsent } from "../../store/insert-if-absent.ts";
import type { Event, Subscribers } from "../../triggers/types.ts";

/** A delivery that can be sent to another process. */
export interface Arrived {
  readonly endpoint: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Workflows whose runs are records of the store and do nothing: an id is there once, as with the engine. */
export function recordingSubscribers(
  store: DocumentStore,
  workflows: () => readonly string[],
  {
    onStarted = () => {},
    refuses = () => undefined,
  }: { onStarted?(event: Event): void; refuses?(workflow: string): unknown } = {},
): Subscribers {
  return {
    of: async () => workflows(),
    async start(workflow, id, event) {
      const refusal = refuses(workflow);
      if (refusal !== undefined) throw refusal;
      await insertIfAbsent(store, "runs", {
        ...{ id, project: event.project, owner: "", workflow, createdAtMs: Date.now() },
        told: { body: event.body, verification: event.verification },
      });
      onStarted(event);
      return { name: workflow };
    },
  };
}

export async function runsIn(store: DocumentStore, project: string) {
  return store.find("runs", project, { sort: ["createdAtMs"], limit: 1000 });
}

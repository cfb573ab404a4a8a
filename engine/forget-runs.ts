import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore } from "../store/document-store.ts";
import { allDocuments } from "../store/find-page.ts";
import type { IsMentioned } from "../text/mentions.ts";
import type { RunDocument } from "./run-document.ts";
import type { RunRecords } from "./run-records.ts";

export interface ForgetRuns {
  /** Ids of the runs in which a person is named, or whose forgetting was interrupted; those that have not ended apart. Opens one run after the other. */
  find(access: Access, isMentioned: IsMentioned): Promise<{ readonly ended: string[]; readonly open: string[] }>;
  /**
   * Removes all data of a run that has ended: what it was started with, what its steps were given and gave, texts of errors, reasons of reveals.
   * That it ran, when and how it ended stays. It is not continued or repeated any more. False where it has not ended. May be repeated.
   */
  forget(access: Access, id: string, isMentioned: IsMentioned): Promise<boolean>;
}

const REMOVED = "(removed)";
const MOST_REVEALS = 1000;

export function createForgetRuns(options: { store: DocumentStore; records: RunRecords; now: () => number }): ForgetRuns {
  const { store, records, now } = options;
  const runs = openCollection(store, "runs");
  const reveals = openCollection(store, "runReveals");

  return {
    async find(access, isMentioned) {
      const found = { ended: [] as string[], open: [] as string[] };
      for await (const document of allDocuments((page) => runs.find(access, page))) {
        const run = document as RunDocument;
        if (run.isForgetting === true || (await isIn(run, isMentioned)))
          found[run.queue === "ended" ? "ended" : "open"].push(run.id);
      }
      return found;
    },
    async forget(access, id, isMentioned) {
      // First that it is being forgotten: the next attempt after a crash goes on although what named the person may be gone.
      const begun = { set: { isForgetting: true, forgottenAtMs: now(), atStep: null } };
      const run = (await runs.patch(access, id, begun, { queue: "ended" })) as RunDocument | undefined;
      if (run === undefined) return (await runs.get(access, id)) === undefined;
      for (const record of await records.steps(access, id)) await records.forgetStep(run, record, isMentioned);
      for (const reveal of await revealsOf(run)) await reveals.patch(access, reveal.id, { set: { reason: REMOVED } });
      await records.forgetRun(run);
      return true;
    },
  };

  async function isIn(run: RunDocument, isMentioned: IsMentioned): Promise<boolean> {
    const { error, waiting, shownTrigger } = run;
    const told = run.toldSealed == null ? undefined : records.openTold(run);
    if (isMentioned([records.triggerOf(run), told, error, waiting, shownTrigger])) return true;
    if ((await records.steps(systemAccess(run), run.id)).some((step) => isMentioned(step))) return true;
    return (await revealsOf(run)).some(({ reason }) => isMentioned(reason));
  }

  function revealsOf(run: RunDocument) {
    return reveals.find(systemAccess(run), { where: { run: run.id }, sort: ["createdAtMs"], limit: MOST_REVEALS });
  }
}

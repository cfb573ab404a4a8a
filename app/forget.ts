import type { Destinations } from "../destinations/create-destinations.ts";
import type { ForgetRuns } from "../engine/forget-runs.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Forgetting, Person } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import { newId } from "../store/new-id.ts";
import { createMentions, type IsMentioned } from "../text/mentions.ts";
import type { Triggers } from "../triggers/create-triggers.ts";

export interface Forget {
  /**
   * Removes what is kept of a person in the history of a project: from runs, records of writes, deliveries to endpoints, messages to destinations and lists that this
   * process remembers. It is recorded who asked, when, and how much it was; never whom it was about. May be repeated, also after a crash.
   *
   * @throws ConnectorError `input_invalid`, `conflict` where a run is under way that names the person: nothing was removed then
   */
  forget(access: Access, person: Person): Promise<Forgetting>;
  /** What was asked for, newest first; the last hundred. */
  list(access: Access): Promise<Forgetting[]>;
}

export interface ForgetDeps {
  readonly store: DocumentStore;
  readonly runs: ForgetRuns;
  readonly writes: (access: Access, isMentioned: IsMentioned) => Promise<number>;
  readonly destinations: Pick<Destinations, "forget">;
  readonly deliveries: Pick<Triggers["deliveries"], "forget">;
  readonly pickLists: { forgetProject(access: Access): void };
  readonly now: () => number;
}

const MOST_TOLD = 20;
/** What is shorter would name others too. */
const ID = /^\S{8,200}$/;
const EMAIL = /^(?=.{6,320}$)[^\s@]+@[^\s@]+$/;

export function createForget({ store, runs, writes, destinations, deliveries: received, pickLists, now }: ForgetDeps): Forget {
  const forgettings = openCollection(store, "forgettings");

  return {
    async forget(access, person) {
      const isMentioned = createMentions(namesOf(person));
      const found = await runs.find(access, isMentioned);
      if (found.open.length > 0) throw underWay(found.open);
      const id = newId("forget");
      await forgettings.insert(access, { id, by: access.actor, createdAtMs: now(), endedAtMs: null });
      let forgotten = 0;
      for (const run of found.ended) {
        if (!(await runs.forget(access, run, isMentioned))) throw underWay([run]);
        forgotten += 1;
      }
      const deliveries = await destinations.forget(access, isMentioned);
      const taken = await received.forget(access, isMentioned);
      const counts = { runs: forgotten, deliveries, received: taken, writes: await writes(access, isMentioned) };
      pickLists.forgetProject(access);
      await store.clearLog();
      return toForgetting((await forgettings.patch(access, id, { set: { ...counts, endedAtMs: now() } })) as StoredDocument);
    },
    async list(access) {
      return (await forgettings.find(access, { sort: ["-createdAtMs"], limit: 100 })).map(toForgetting);
    },
  };
}

function namesOf({ opportunity, contact, email }: Person): string[] {
  const given = Object.entries({ opportunity, contact, email }).flatMap(([field, name]) => (name ? [[field, name.trim()]] : []));
  if (given.length === 0) throw wrong("", "must name an opportunity, a contact or an email address");
  return given.map(([field, name = ""]) => {
    if (!(field === "email" ? EMAIL : ID).test(name))
      throw wrong(`/${field}`, "is no such id or address, whole and without blanks");
    return name;
  });
}

function wrong(pointer: string, message: string): ConnectorError {
  return new ConnectorError("input_invalid", `say whom to forget: ${pointer} ${message}`, {
    issues: [{ pointer, keyword: "format", message }],
  });
}

function underWay(ids: readonly string[]): ConnectorError {
  const told = ids.slice(0, MOST_TOLD).join(", ");
  const more = ids.length > MOST_TOLD ? ` and ${ids.length - MOST_TOLD} more` : "";
  const message = `Runs that name this person are under way: ${told}${more}. Cancel them or wait for their end, then ask again`;
  return new ConnectorError("conflict", message);
}

function toForgetting(document: StoredDocument): Forgetting {
  const { id, by, createdAtMs, endedAtMs, runs = 0, deliveries = 0, received = 0, writes = 0 } = document;
  return {
    ...{ id, by: String(by), at: new Date(Number(createdAtMs)).toISOString() },
    endedAt: endedAtMs == null ? null : new Date(Number(endedAtMs)).toISOString(),
    ...{ runs: Number(runs), deliveries: Number(deliveries), received: Number(received), writes: Number(writes) },
  };
}

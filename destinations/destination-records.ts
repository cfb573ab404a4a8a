import { ConnectorError } from "../errors/connector-error.ts";
import type { Destination, DestinationAttempt, DestinationChange, NewDestination, ProductEvent } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import type { Secret } from "../sealing/secret.ts";
import type { Access } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { Change, DocumentStore, Where } from "../store/document-store.ts";
import { allPages, findPage, type Page, type PageOptions } from "../store/find-page.ts";
import { newId } from "../store/new-id.ts";
import { orTaken } from "../store/or-taken.ts";
import { createSearch } from "../text/fold.ts";
import { nameFault, toName } from "../text/names.ts";
import type { Egress } from "./egress.ts";
import { newSigningSecret } from "./signature.ts";
import type { DestinationDocument, Paused } from "./types.ts";

export interface DestinationRecordsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly egress: Pick<Egress, "toUrl">;
  readonly now: () => number;
}

/** A destination, and the secret that was created for it: told once. */
export interface WithSecret {
  readonly destination: Destination;
  readonly secret: Secret;
}

/** Saved destinations of all projects. They serve every owner of their project; an access of one owner reaches none. */
export interface DestinationRecords {
  /** @throws ConnectorError `input_invalid`, `egress_denied`, `conflict` where a destination has this name */
  create(access: Access, wanted: NewDestination): Promise<WithSecret>;
  /** By id or name. @throws ConnectorError `not_found` */
  resolve(access: Access, idOrName: string): Promise<Destination>;
  /** Oldest first; `search`: part of name or address, or an id. @throws ConnectorError `input_invalid`, `cursor_invalid` */
  list(
    access: Access,
    options?: Pick<PageOptions, "limit" | "cursor"> & { readonly search?: string | undefined },
  ): Promise<Page<Destination>>;
  /** The ids of those that are told of such an event, also while they are paused. */
  subscribed(access: Access, type: ProductEvent["type"]): Promise<string[]>;
  /** @throws ConnectorError `not_found`, `conflict`, `input_invalid`, `egress_denied` */
  update(access: Access, id: string, change: DestinationChange): Promise<Destination>;
  /** A new secret signs at once; the old one signs as well for `keepSeconds`, a day by default. @throws ConnectorError `not_found`, `conflict` */
  rotate(access: Access, id: string, options?: { keepSeconds?: number }): Promise<WithSecret>;
  /** @throws ConnectorError `not_found` */
  remove(access: Access, id: string): Promise<void>;
  /** @throws ConnectorError `not_found` */
  read(access: Access, id: string): Promise<DestinationDocument>;
  /** Pauses it unless it is paused; answers whether it was this call. */
  pause(access: Access, id: string, reason: Paused["reason"]): Promise<boolean>;
  noteTest(access: Access, id: string, found: DestinationAttempt): Promise<void>;
  /** The secrets that sign now. @throws ConnectorError `credential_key_unavailable`, `sealed_data_invalid` */
  secretsOf(document: DestinationDocument): Secret[];
}

const ID = /^dest_[0-9a-z]{26}$/;
const TAKEN = { field: "name", of: "destination" };
const ATTEMPTS = 5;
const DAY_S = 86_400;

export function createDestinationRecords({ store, ring, egress, now }: DestinationRecordsOptions): DestinationRecords {
  const saved = openCollection(store, "destinations");

  async function read(access: Access, id: string): Promise<DestinationDocument> {
    const found = ID.test(id) ? await saved.get(access, id) : undefined;
    if (found === undefined) throw noSuchDestination();
    return found as DestinationDocument;
  }

  async function byName(access: Access, text: string): Promise<DestinationDocument> {
    const [found] = await saved.find(access, { where: { name: toName(text) }, limit: 1 });
    if (found === undefined) throw noSuchDestination();
    return found as DestinationDocument;
  }

  /** Reads, decides and writes, again where it was changed in between. */
  async function change(access: Access, id: string, decide: (before: DestinationDocument) => Change["set"]) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await read(access, id);
      const set = { ...decide(before), updatedAtMs: now() };
      const where: Where = { version: before.version };
      const after = await orTaken(saved.patch(access, id, { set, inc: { revision: 1 } }, where), TAKEN);
      if (after !== undefined) return after as DestinationDocument;
    }
    throw new ConnectorError("conflict", "The destination kept changing; try again");
  }

  function sealed(document: SecretPlace, secret: Secret, previous: Secret | null) {
    const text = ring.seal(secret, placeOf("destinations", document, "secret"));
    const before = previous && ring.seal(previous, placeOf("destinations", document, "previousSecret"));
    return { secret: text, previousSecret: before, sealedKid: ring.labelOf(text) };
  }

  function current(document: DestinationDocument): Secret {
    return ring.open(document.secret, placeOf("destinations", document, "secret"));
  }

  function previous(document: DestinationDocument): Secret | null {
    if (document.previousSecret === null || document.previousUntilMs <= now()) return null;
    return ring.open(document.previousSecret, placeOf("destinations", document, "previousSecret"));
  }

  function secretsOf(document: DestinationDocument): Secret[] {
    const before = previous(document);
    return before === null ? [current(document)] : [current(document), before];
  }

  return {
    async create(access, wanted) {
      const place = { id: newId("dest"), project: access.project, url: egress.toUrl(wanted.url).href, secretVersion: 1 };
      const secret = newSigningSecret();
      const nowMs = now();
      const document = {
        ...place,
        name: toGivenName(wanted.name),
        ...sealed(place, secret, null),
        previousUntilMs: 0,
        secretCreatedAtMs: nowMs,
        events: wanted.events ?? [],
        paused: null,
        lastTest: null,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        revision: 1,
      };
      const created = (await orTaken(saved.insert(access, document), TAKEN)) as unknown as DestinationDocument;
      return { destination: toDestination(created, nowMs), secret };
    },

    async resolve(access, idOrName) {
      return toDestination(await (ID.test(idOrName) ? read : byName)(access, idOrName), now());
    },

    // No index can compare as people search: a search looks at the project's records in their order.
    list(access, { search = "", ...page } = {}) {
      const isFound = createSearch(search);
      return findPage(
        (options) => saved.find(access, options),
        (document) => toDestination(document as DestinationDocument, now()),
        { ...page, isListed: search === "" ? undefined : ({ id, name, url }) => isFound(String(name), String(url), id) },
      );
    },

    async subscribed(access, type) {
      const all = await allPages((page) =>
        findPage(
          (options) => saved.find(access, options),
          (document) => document as DestinationDocument,
          page,
        ),
      );
      return all.filter(({ events }) => events?.includes(type)).map(({ id }) => id);
    },

    async update(access, id, { name, url, events, paused, version }) {
      const changed = await change(access, id, (before) => {
        if (version !== undefined && before.revision !== version) throw changedMeanwhile();
        return {
          ...(name !== undefined && name !== before.name && { name: toGivenName(name) }),
          ...(url !== undefined && moved(before, egress.toUrl(url).href)),
          ...(events !== undefined && { events }),
          ...(paused !== undefined && { paused: toPaused(before, paused) }),
        };
      });
      return toDestination(changed, now());
    },

    async rotate(access, id, { keepSeconds = DAY_S } = {}) {
      const secret = newSigningSecret();
      const changed = await change(access, id, (before) => {
        const secretVersion = before.secretVersion + 1;
        const kept = keepSeconds > 0 ? current(before) : null;
        return {
          ...sealed({ ...before, secretVersion }, secret, kept),
          secretVersion,
          secretCreatedAtMs: now(),
          previousUntilMs: kept === null ? 0 : now() + keepSeconds * 1000,
        };
      });
      return { destination: toDestination(changed, now()), secret };
    },

    async remove(access, id) {
      if (!ID.test(id) || !(await saved.remove(access, id))) throw noSuchDestination();
    },

    read,

    async pause(access, id, reason) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const found = (await saved.get(access, id)) as DestinationDocument | undefined;
        if (found === undefined || found.paused !== null) return false;
        const set = { paused: { reason, atMs: now() } };
        if (await saved.patch(access, id, { set, inc: { revision: 1 } }, { version: found.version })) return true;
      }
      return false;
    },

    async noteTest(access, id, found) {
      await saved.patch(access, id, { set: { lastTest: found } });
    },

    secretsOf,
  };

  /** The secrets are bound to the address. */
  function moved(before: DestinationDocument, url: string): Change["set"] {
    return url === before.url ? {} : { url, ...sealed({ ...before, url }, current(before), previous(before)) };
  }

  function toPaused(before: DestinationDocument, isWanted: boolean): Paused | null {
    return isWanted ? (before.paused ?? { reason: "by_hand", atMs: now() }) : null;
  }
}

type SecretPlace = Pick<DestinationDocument, "id" | "project" | "url" | "secretVersion">;

const REASONS: Readonly<Record<Paused["reason"], string>> = {
  undelivered: "It accepted no attempt for a day; what waits is sent when it is resumed",
  gone: "It answered 410: it wants no more messages",
  by_hand: "Somebody paused it",
};

function toDestination(document: DestinationDocument, nowMs: number): Destination {
  const { paused, previousSecret, previousUntilMs } = document;
  return {
    id: document.id,
    project: document.project,
    name: document.name,
    url: document.url,
    events: document.events ?? [],
    paused: paused && { reason: paused.reason, at: toTime(paused.atMs), message: REASONS[paused.reason] },
    secretCreatedAt: toTime(document.secretCreatedAtMs),
    previousSecretUntil: previousSecret !== null && previousUntilMs > nowMs ? toTime(previousUntilMs) : null,
    lastTest: document.lastTest,
    createdAt: toTime(document.createdAtMs),
    updatedAt: toTime(document.updatedAtMs),
    version: document.revision,
  };
}

/** RFC 3339 text. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Names follow the rule of all names (text/names.ts). */
function toGivenName(text: string): string {
  const name = toName(text);
  const fault = nameFault(name, { idPrefix: "dest_" });
  if (fault === undefined) return name;
  throw new ConnectorError("input_invalid", `name ${fault.message}`, { issues: [{ pointer: "/name", ...fault }] });
}

function noSuchDestination(): ConnectorError {
  return new ConnectorError("not_found", "There is no such destination", { kind: "destination" });
}

function changedMeanwhile(): ConnectorError {
  return new ConnectorError("conflict", "The destination was changed by somebody else meanwhile; read it again");
}

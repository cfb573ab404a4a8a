import { randomBytes } from "node:crypto";
import { ConnectorError } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { Endpoint, EndpointChange, EndpointRotation, NewEndpoint, TriggerPreset } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal, Secret } from "../sealing/secret.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type Change, type DocumentStore, EVERY_PROJECT } from "../store/document-store.ts";
import { findPage, type Page, type PageOptions } from "../store/find-page.ts";
import { newId } from "../store/new-id.ts";
import { orTaken } from "../store/or-taken.ts";
import { createSearch } from "../text/fold.ts";
import { nameFault, toName } from "../text/names.ts";
import { issuesOfInputSchema } from "../workflows/trigger.ts";
import type { Presets } from "./presets.ts";
import { type EndpointDocument, isEndpointId } from "./types.ts";

export interface EndpointRecordsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly presets: Presets;
  /** Of this server, for the endpoints' addresses. */
  readonly publicUrl: string;
  readonly now: () => number;
}

/** An endpoint, and the secret that was created for it, if one was: told once. */
export interface WithSecret {
  readonly endpoint: Endpoint;
  readonly secret: Secret | null;
}

/** Endpoints of all projects. They are the project's own; an access of one owner reaches none. */
export interface EndpointRecords {
  /** @throws ConnectorError `input_invalid`, `not_found` where there is no such preset, `conflict` where an endpoint has this name */
  create(access: Access, wanted: NewEndpoint): Promise<WithSecret>;
  /** By id or name. @throws ConnectorError `not_found` */
  resolve(access: Access, idOrName: string): Promise<Endpoint>;
  /** Oldest first; `search`: part of the name, the preset, or an id. @throws ConnectorError `input_invalid`, `cursor_invalid` */
  list(
    access: Access,
    options?: Pick<PageOptions, "limit" | "cursor"> & { readonly search?: string | undefined },
  ): Promise<Page<Endpoint>>;
  /** @throws ConnectorError `not_found`, `conflict`, `input_invalid` */
  update(access: Access, id: string, change: EndpointChange): Promise<Endpoint>;
  /** A new secret is accepted at once; the one before as well for `keepSeconds`, a day by default. @throws ConnectorError `not_found`, `conflict`, `input_invalid` */
  rotate(access: Access, id: string, options?: EndpointRotation): Promise<WithSecret>;
  /** @throws ConnectorError `not_found` */
  remove(access: Access, id: string): Promise<void>;
  /** Whichever project it belongs to: for whoever delivers to it, and has proven nothing yet. */
  find(id: string): Promise<EndpointDocument | undefined>;
  /** Counts deliveries that were refused. */
  noteRefused(endpoint: Pick<EndpointDocument, "project" | "id">, count: number, atMs: number): Promise<void>;
  /** undefined where this version of the program has no such preset. */
  presetOf(document: Pick<EndpointDocument, "preset" | "definition">): TriggerPreset | undefined;
  /** Every value that is accepted now. @throws ConnectorError `credential_key_unavailable`, `sealed_data_invalid` */
  settingsOf(document: EndpointDocument): Readonly<Record<string, readonly string[]>>;
}

type Values = Readonly<Record<string, string>>;

const TAKEN = { field: "name", of: "endpoint" };
const ATTEMPTS = 5;
const DAY_S = 86_400;
/** The one that senders sign with. */
const SECRET = "secret";

export function createEndpointRecords({ store, ring, presets, publicUrl, now }: EndpointRecordsOptions): EndpointRecords {
  const saved = openCollection(store, "endpoints");

  async function read(access: Access, id: string): Promise<EndpointDocument> {
    const found = isEndpointId(id) ? await saved.get(access, id) : undefined;
    if (found === undefined) throw noSuchEndpoint();
    return found as EndpointDocument;
  }

  async function byName(access: Access, text: string): Promise<EndpointDocument> {
    const [found] = await saved.find(access, { where: { name: toName(text) }, limit: 1 });
    if (found === undefined) throw noSuchEndpoint();
    return found as EndpointDocument;
  }

  /** Reads, decides and writes, again where it was changed in between. */
  async function change(access: Access, id: string, decide: (before: EndpointDocument) => Change["set"]) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await read(access, id);
      const set = { ...decide(before), updatedAtMs: now() };
      const after = await orTaken(saved.patch(access, id, { set, inc: { revision: 1 } }, { version: before.version }), TAKEN);
      if (after !== undefined) return after as EndpointDocument;
    }
    throw new ConnectorError("conflict", "The endpoint kept changing; try again");
  }

  function shipped(id: string): TriggerPreset {
    const preset = presets.shipped.get(id);
    if (preset !== undefined) return preset;
    const issues = [{ pointer: "/preset", keyword: "reference", message: "is none of the presets" }];
    throw new ConnectorError("input_invalid", `There is no preset ${JSON.stringify(id)}; GET /api/v1/presets lists them`, {
      issues,
    });
  }

  const presetOf: EndpointRecords["presetOf"] = ({ preset, definition }) =>
    definition === null ? presets.shipped.get(preset) : (JSON.parse(definition) as TriggerPreset);

  function sealed(document: SettingsPlace, values: Values, previous: Values | null) {
    const settings = ring.seal(JSON.stringify(values), placeOf("endpoints", document, "settings"));
    const before = previous && ring.seal(JSON.stringify(previous), placeOf("endpoints", document, "previousSettings"));
    return { settings, previousSettings: before, known: Object.keys(values), sealedKid: ring.labelOf(settings) };
  }

  function open(document: EndpointDocument, field: "settings" | "previousSettings"): Values {
    return JSON.parse(reveal(ring.open(String(document[field]), placeOf("endpoints", document, field)))) as Values;
  }

  function previous(document: EndpointDocument): Values | null {
    return document.previousSettings === null || document.previousUntilMs <= now() ? null : open(document, "previousSettings");
  }

  return {
    async create(access, wanted) {
      const { preset, definition } = chosen(wanted);
      const place = { id: newId("hook"), project: access.project, preset: preset.id, definition, secretVersion: 1 };
      const secret = createdFor(preset, wanted.settings ?? {});
      const nowMs = now();
      const document = {
        ...place,
        name: toGivenName(wanted.name),
        ...sealed(place, withSecret(toSettings(preset, wanted.settings), secret), null),
        ...{ previousUntilMs: 0, secretCreatedAtMs: nowMs, pausedAtMs: null, refusedCount: 0, refusedAtMs: null },
        ...{ createdAtMs: nowMs, updatedAtMs: nowMs, revision: 1 },
      };
      const created = (await orTaken(saved.insert(access, document), TAKEN)) as unknown as EndpointDocument;
      return { endpoint: toEndpoint(created), secret };
    },

    async resolve(access, idOrName) {
      return toEndpoint(await (isEndpointId(idOrName) ? read : byName)(access, idOrName));
    },

    // No index can compare as people search: a search looks at the project's records in their order.
    list(access, { search = "", ...page } = {}) {
      const isFound = createSearch(search);
      return findPage(
        (options) => saved.find(access, options),
        (document) => toEndpoint(document as EndpointDocument),
        { ...page, isListed: search === "" ? undefined : ({ id, name, preset }) => isFound(String(name), String(preset), id) },
      );
    },

    async update(access, id, { name, paused, settings, version }) {
      const changed = await change(access, id, (before) => {
        if (version !== undefined && before.revision !== version) throw changedMeanwhile();
        return {
          ...(name !== undefined && name !== before.name && { name: toGivenName(name) }),
          ...(paused !== undefined && { pausedAtMs: paused ? (before.pausedAtMs ?? now()) : null }),
          ...(settings !== undefined &&
            replaced(before, toSettings(presetOf(before) ?? shipped(before.preset), settings), null, 0)),
        };
      });
      return toEndpoint(changed);
    },

    async rotate(access, id, { settings, keepSeconds = DAY_S } = {}) {
      let secret: Secret | null = null;
      const changed = await change(access, id, (before) => {
        const preset = presetOf(before) ?? shipped(before.preset);
        secret = createdFor(preset, settings ?? {});
        const values = withSecret(toSettings(preset, settings), secret);
        if (Object.keys(values).length === 0) throw notOurs(preset);
        const isKept = keepSeconds > 0 && before.known.length > 0;
        return replaced(before, values, isKept ? open(before, "settings") : null, isKept ? now() + keepSeconds * 1000 : 0);
      });
      return { endpoint: toEndpoint(changed), secret };
    },

    async remove(access, id) {
      if (!isEndpointId(id) || !(await saved.remove(access, id))) throw noSuchEndpoint();
    },

    async find(id) {
      return isEndpointId(id) ? ((await store.get("endpoints", EVERY_PROJECT, id)) as EndpointDocument | undefined) : undefined;
    },

    async noteRefused(endpoint, count, atMs) {
      await saved.patch(systemAccess(endpoint), endpoint.id, { set: { refusedAtMs: atMs }, inc: { refusedCount: count } });
    },

    presetOf,

    settingsOf(document) {
      const all = [open(document, "settings"), previous(document) ?? {}];
      const names = new Set(all.flatMap((values) => Object.keys(values)));
      return Object.fromEntries(
        [...names].map((name) => [
          name,
          [...new Set(all.flatMap((values) => (Object.hasOwn(values, name) ? [String(values[name])] : [])))],
        ]),
      );
    },
  };

  function chosen({ preset, definition }: NewEndpoint): { preset: TriggerPreset; definition: string | null } {
    if ((preset === undefined) === (definition === undefined)) {
      const issues = [{ pointer: "/preset", keyword: "oneOf", message: "give either preset or definition" }];
      throw new ConnectorError("input_invalid", "give either preset or definition", { issues });
    }
    if (preset !== undefined) return { preset: shipped(preset), definition: null };
    const own = presets.own(definition);
    assertCheap(own);
    if (own.signature.scheme !== "none") return { preset: own, definition: JSON.stringify(own) };
    const issues = [{ pointer: "/definition/signature/scheme", keyword: "enum", message: "must be one that proves who sends" }];
    throw new ConnectorError("input_invalid", "An endpoint without any proof of who sends would take whatever comes", { issues });
  }

  /** Settings that are not given stay. */
  function replaced(before: EndpointDocument, values: Values, kept: Values | null, previousUntilMs: number): Change["set"] {
    const secretVersion = before.secretVersion + 1;
    const all = { ...open(before, "settings"), ...values };
    return {
      ...sealed({ ...before, secretVersion }, all, kept),
      ...{ secretVersion, secretCreatedAtMs: now(), previousUntilMs },
    };
  }

  function toEndpoint(document: EndpointDocument): Endpoint {
    const { definition, known, previousSettings, previousUntilMs, pausedAtMs, refusedCount, refusedAtMs } = document;
    return {
      id: document.id,
      project: document.project,
      name: document.name,
      url: `${publicUrl}/hooks/${document.id}`,
      preset: document.preset,
      definition: definition === null ? null : (JSON.parse(definition) as Record<string, unknown>),
      settings: (presetOf(document)?.settings ?? []).map(({ name, title }) => ({ name, title, isSet: known.includes(name) })),
      paused: toTime(pausedAtMs),
      secretCreatedAt: toTime(document.secretCreatedAtMs) as string,
      previousSecretUntil: previousSettings !== null && previousUntilMs > now() ? toTime(previousUntilMs) : null,
      refused: { count: refusedCount, lastAt: toTime(refusedAtMs) },
      createdAt: toTime(document.createdAtMs) as string,
      updatedAt: toTime(document.updatedAtMs) as string,
      version: document.revision,
    };
  }
}

/** The schema of an own preset comes from a caller: it is held to the part of JSON Schema that inputs of workflows may use. */
function assertCheap({ schema }: TriggerPreset): void {
  const issues = schema === undefined ? [] : issuesOfInputSchema(schema as JsonSchema);
  const [first] = issues;
  if (first === undefined) return;
  const told = issues.map((issue) => ({ ...issue, pointer: `/definition/schema${issue.pointer}` }));
  throw new ConnectorError("input_invalid", `the preset's schema is not valid: ${first.pointer} ${first.message}`, {
    issues: told,
  });
}

type SettingsPlace = Pick<EndpointDocument, "id" | "project" | "preset" | "definition" | "secretVersion">;

/** @throws ConnectorError `input_invalid` for one that the preset does not know */
function toSettings({ settings }: TriggerPreset, given: Values = {}): Values {
  const issues = Object.keys(given)
    .filter((name) => !settings.some((setting) => setting.name === name))
    .map((name) => ({ pointer: `/settings/${name}`, keyword: "additionalProperties", message: "is no setting of the preset" }));
  if (issues.length > 0) throw new ConnectorError("input_invalid", "the preset has no such setting", { issues });
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()]));
}

/** A secret where the sender takes one of our choice, and none is given. */
function createdFor({ settings, signature }: TriggerPreset, given: Values): Secret | null {
  const isOurs = settings.some(({ name, generate }) => name === SECRET && generate === true);
  if (!isOurs || Object.hasOwn(given, SECRET)) return null;
  const bytes = randomBytes(32);
  if (signature.key === "whsec") return new Secret(`whsec_${bytes.toString("base64")}`);
  return new Secret(bytes.toString(signature.key === "hex" ? "hex" : signature.key === "base64" ? "base64" : "base64url"));
}

function withSecret(values: Values, secret: Secret | null): Values {
  return secret === null ? values : { ...values, [SECRET]: reveal(secret) };
}

function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Names follow the rule of all names (text/names.ts). */
function toGivenName(text: string): string {
  const name = toName(text);
  const fault = nameFault(name, { idPrefix: "hook_" });
  if (fault === undefined) return name;
  throw new ConnectorError("input_invalid", `name ${fault.message}`, { issues: [{ pointer: "/name", ...fault }] });
}

function noSuchEndpoint(): ConnectorError {
  return new ConnectorError("not_found", "There is no such endpoint", { kind: "endpoint" });
}

function changedMeanwhile(): ConnectorError {
  return new ConnectorError("conflict", "The endpoint was changed by somebody else meanwhile; read it again");
}

function notOurs({ title }: TriggerPreset): ConnectorError {
  const issues = [{ pointer: "/settings/secret", keyword: "required", message: `is chosen by ${title}: give it here` }];
  return new ConnectorError("input_invalid", `${title} chooses the secret: replace it there, then give it here`, { issues });
}

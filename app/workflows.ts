import type { CredentialStore } from "../credentials/credential-store.ts";
import type { Destinations } from "../destinations/create-destinations.ts";
import type { RunnableWorkflow } from "../engine/drive.ts";
import { nextTimes } from "../engine/embedded/schedules.ts";
import type { Engine } from "../engine/engine.ts";
import type { RunDocument } from "../engine/run-document.ts";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type {
  SavedWorkflow,
  Usage,
  Workflow,
  WorkflowCheck,
  WorkflowDiff,
  WorkflowSummary,
  WorkflowVersion,
} from "../schemas/types/index.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { Change, DocumentStore, StoredDocument } from "../store/document-store.ts";
import { allPages, findPage, type Page } from "../store/find-page.ts";
import { newId } from "../store/new-id.ts";
import { orTaken } from "../store/or-taken.ts";
import { toName } from "../text/names.ts";
import type { Triggers } from "../triggers/create-triggers.ts";
import { checkWorkflow } from "../workflows/check.ts";
import { compileWorkflow } from "../workflows/compile.ts";
import { credentialsIn, destinationsIn } from "../workflows/definition.ts";
import { describeChanges, diffWorkflows } from "../workflows/diff.ts";
import { assertNone, createIssuesOf, type IssuesOf } from "./definitions.ts";
import type { WorkflowCatalog } from "./workflow-catalog.ts";

/** Definitions as projects keep them: a draft that people change, and the versions that were published of it. */
export interface Workflows {
  /** @throws ConnectorError `conflict` where another has the name */
  create(access: Access, definition: Workflow): Promise<SavedWorkflow>;
  /** The id that a caller's text means now: an id, or a name. @throws ConnectorError `not_found` */
  idOf(access: Access, idOrName: string): Promise<string>;
  /** @throws ConnectorError `not_found`, as all below */
  get(access: Access, id: string): Promise<SavedWorkflow>;
  list(access: Access, options?: { limit?: number | undefined; cursor?: string | undefined }): Promise<Page<WorkflowSummary>>;
  /** Replaces the draft; with `version` only where it was not changed since. @throws ConnectorError `conflict` */
  replace(access: Access, id: string, definition: Workflow, version?: number): Promise<SavedWorkflow>;
  /** Its runs that have begun continue. */
  remove(access: Access, id: string): Promise<void>;
  check(access: Access, definition: Workflow): Promise<WorkflowCheck>;
  readonly issuesOf: IssuesOf;
  /** Freezes the draft as the next version, with which runs are started from now on. @throws ConnectorError `workflow_invalid`, `conflict` */
  publish(access: Access, id: string): Promise<WorkflowVersion>;
  /** No more runs are started; those that have begun continue. @throws ConnectorError `conflict` where nothing was published */
  pause(access: Access, id: string): Promise<SavedWorkflow>;
  resume(access: Access, id: string): Promise<SavedWorkflow>;
  versions(
    access: Access,
    id: string,
    options?: { limit?: number | undefined; cursor?: string | undefined },
  ): Promise<Page<WorkflowVersion>>;
  version(access: Access, id: string, version: number): Promise<WorkflowVersion>;
  /** Between two versions; null is the draft. */
  diff(access: Access, id: string, versions: { from: number | null; to: number | null }): Promise<WorkflowDiff>;
  /** Makes a published version the draft again. */
  rollBack(access: Access, id: string, version: number): Promise<SavedWorkflow>;
  /** Those whose draft or published version uses a credential or a destination, oldest first. */
  using(access: Access, used: Used): Promise<WorkflowUse[]>;
  /** Ids of those whose published version an endpoint's deliveries start, oldest first. */
  startedBy(access: Access, endpoint: string): Promise<string[]>;
  /** What a run works by. */
  runnable(run: Pick<RunDocument, "project" | "workflow" | "runVersion">): Promise<RunnableWorkflow>;
  /** The version that a run is started with now. @throws ConnectorError `conflict` where the workflow is paused, or was never published */
  toStart(access: Access, id: string): Promise<WorkflowVersion>;
}

/** What may be used, as drafts and versions name it. */
export interface Used {
  readonly kind: "credential" | "destination" | "endpoint";
  readonly id: string;
  readonly name: string;
}

export type WorkflowUse = Usage["workflows"][number];

export interface WorkflowsDeps {
  readonly store: DocumentStore;
  readonly catalog: WorkflowCatalog;
  readonly credentials: Pick<CredentialStore, "idOf">;
  readonly destinations: Pick<Destinations, "resolve">;
  readonly endpoints: Pick<Triggers["endpoints"], "resolve">;
  readonly engine: Pick<Engine, "schedule">;
  readonly now?: () => number;
}

interface WorkflowDocument extends StoredDocument {
  readonly name: string;
  readonly status: WorkflowSummary["status"];
  readonly draft: string;
  readonly revision: number;
  readonly published: number | null;
  readonly publishedRevision: number | null;
  /** Id of the one that starts the published version. */
  readonly endpoint?: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const TAKEN = { field: "name", of: "workflow" };
/** Workflows that one delivery starts. */
const MOST_STARTED = 1_000;
/** Versions that are kept ready to run. */
const MOST_READY = 500;

export function createWorkflows(deps: WorkflowsDeps): Workflows {
  const { store, catalog, credentials, destinations, endpoints, engine, now = Date.now } = deps;
  const saved = openCollection(store, "workflows");
  const frozen = openCollection(store, "workflowVersions");
  const issuesOf = createIssuesOf();
  const ready = new Map<string, Promise<RunnableWorkflow>>();

  return {
    async create(access, definition) {
      assertStructure(definition);
      const atMs = now();
      const document = await orTaken(
        saved.insert(access, {
          ...{ id: newId("flow"), name: definition.name, status: "draft", draft: JSON.stringify(definition), revision: 1 },
          ...{ published: null, publishedRevision: null, createdAtMs: atMs, updatedAtMs: atMs },
        }),
        TAKEN,
      );
      return toSaved(document as WorkflowDocument);
    },
    async idOf(access, idOrName) {
      if (idOrName.startsWith("flow_")) return idOrName;
      const [found] = await saved.find(access, { where: { name: idOrName }, limit: 1 });
      if (found === undefined) throw noSuchWorkflow();
      return found.id;
    },
    get: async (access, id) => toSaved(await read(access, id)),
    list: (access, options) =>
      findPage(
        (page) => saved.find(access, page),
        (document) => toSummary(document as WorkflowDocument),
        options,
      ),
    async replace(access, id, definition, version) {
      assertStructure(definition);
      const before = await read(access, id);
      if (version !== undefined && before.revision !== version) throw changedMeanwhile();
      return toSaved(await changeDraft(access, before, definition));
    },
    async remove(access, id) {
      await read(access, id);
      await engine.schedule(access, id, null);
      await saved.remove(access, id);
    },
    check,
    issuesOf,
    async publish(access, id) {
      const before = await read(access, id);
      const definition = definitionOf(before);
      await assertPublishable(access, definition);
      const version = (before.published ?? 0) + 1;
      const document = await freeze(access, id, version, definition);
      const endpoint = await endpointOf(access, definition);
      const set = { status: "published", published: version, publishedRevision: before.revision, endpoint };
      await change(access, before, { set });
      await schedule(access, id, definition);
      return toVersion(document);
    },
    async pause(access, id) {
      const before = await read(access, id);
      if (before.published === null) throw neverPublished();
      const after = await change(access, before, { set: { status: "paused" } });
      await engine.schedule(access, id, null);
      return toSaved(after);
    },
    async resume(access, id) {
      const before = await read(access, id);
      if (before.published === null) throw neverPublished();
      const { definition } = await version(access, id, before.published);
      const after = await change(access, before, { set: { status: "published" } });
      await schedule(access, id, definition);
      return toSaved(after);
    },
    async versions(access, id, options) {
      await read(access, id);
      return findPage((page) => frozen.find(access, page), toVersion, { ...options, where: { workflow: id }, newestFirst: true });
    },
    version,
    async diff(access, id, { from, to }) {
      const draft = definitionOf(await read(access, id));
      const of = async (wanted: number | null) => (wanted === null ? draft : (await version(access, id, wanted)).definition);
      const changes = diffWorkflows(await of(from), await of(to));
      return { from, to, lines: describeChanges(changes), changes };
    },
    async rollBack(access, id, wanted) {
      const before = await read(access, id);
      const { definition } = await version(access, id, wanted);
      return toSaved(await changeDraft(access, before, definition));
    },
    async using(access, used) {
      const all = await allPages((page) =>
        findPage(
          (options) => saved.find(access, options),
          (one) => one as WorkflowDocument,
          page,
        ),
      );
      const uses = await Promise.all(all.map((one) => isUsing(access, one, used)));
      return all.filter((_one, at) => uses[at]).map((one) => ({ id: one.id, name: one.name, title: definitionOf(one).title }));
    },
    async startedBy(access, endpoint) {
      const found = await saved.find(access, { where: { endpoint }, sort: ["createdAtMs"], limit: MOST_STARTED });
      return found.filter(({ status }) => status === "published").map(({ id }) => id);
    },
    runnable(run) {
      const { project, workflow, runVersion } = run;
      const key = `${project}\n${versionId(workflow, runVersion)}`;
      const known = ready.get(key) ?? makeReady(run);
      ready.delete(key);
      ready.set(key, known);
      known.catch(() => ready.delete(key));
      if (ready.size > MOST_READY) ready.delete(ready.keys().next().value as string);
      return known;
    },
    async toStart(access, id) {
      const { status, published } = await read(access, id);
      if (published === null) throw neverPublished();
      if (status === "paused") throw new ConnectorError("conflict", "The workflow is paused; it starts no runs");
      return version(access, id, published);
    },
  };

  async function read(access: Access, id: string): Promise<WorkflowDocument> {
    const found = await saved.get(access, id);
    if (found === undefined) throw noSuchWorkflow();
    return found as WorkflowDocument;
  }

  async function change(access: Access, { id, version }: WorkflowDocument, what: Change): Promise<WorkflowDocument> {
    const after = await orTaken(saved.patch(access, id, what, { version }), TAKEN);
    if (after === undefined) throw changedMeanwhile();
    return after as WorkflowDocument;
  }

  function changeDraft(access: Access, before: WorkflowDocument, definition: Workflow): Promise<WorkflowDocument> {
    const set = { name: definition.name, draft: JSON.stringify(definition), updatedAtMs: now() };
    if (set.draft === before.draft) return Promise.resolve(before);
    return change(access, before, { set, inc: { revision: 1 } });
  }

  async function check(access: Access, definition: Workflow): Promise<WorkflowCheck> {
    assertStructure(definition);
    const findings = checkWorkflow(definition, await catalog.of(access));
    const errors = findings.filter(({ severity }) => severity === "error");
    return { ok: errors.length === 0, findings: [...errors, ...findings.filter(({ severity }) => severity !== "error")] };
  }

  /** A draft may hold what a check refuses, but it is a workflow. @throws ConnectorError `input_invalid` */
  function assertStructure(definition: unknown): void {
    assertNone(issuesOf(definition), "this is no workflow");
  }

  async function assertPublishable(access: Access, definition: Workflow): Promise<void> {
    const { ok, findings } = await check(access, definition);
    const [first] = findings;
    if (ok || first === undefined) return;
    const where = first.step === null ? "" : `step "${first.step}": `;
    throw new ConnectorError("workflow_invalid", `The workflow cannot be published: ${where}${first.message}`, { findings });
  }

  /** A version that was frozen and not published, because its process died, is written anew. */
  async function freeze(access: Access, workflow: string, version: number, definition: Workflow): Promise<StoredDocument> {
    const id = versionId(workflow, version);
    const fields = {
      ...{ workflow, number: version, definition: JSON.stringify(definition), createdAtMs: now(), publishedBy: access.actor },
      credentials: JSON.stringify(await credentialsOf(access, definition)),
      destinations: JSON.stringify(await destinationsOf(access, definition)),
    };
    const { isNew, document } = await frozen.insertIfAbsent(access, { id, ...fields });
    return isNew ? document : ((await frozen.patch(access, id, { set: fields })) ?? document);
  }

  /** Names are resolved once, when the version is made: a credential that is renamed later is still meant. */
  async function credentialsOf(access: Access, definition: Workflow): Promise<Record<string, string>> {
    const wanted = credentialsIn(definition).filter((name) => name !== "owner");
    return Object.fromEntries(
      await Promise.all(wanted.map(async (name) => [name, await credentials.idOf(access, name)] as const)),
    );
  }

  async function destinationsOf(access: Access, definition: Workflow): Promise<Record<string, string>> {
    const resolve = async (name: string) => [name, (await destinations.resolve(access, name)).id] as const;
    return Object.fromEntries(await Promise.all(destinationsIn(definition).map(resolve)));
  }

  /** Its name, too, is resolved once. */
  async function endpointOf(access: Access, { trigger }: Workflow): Promise<string | null> {
    return trigger.type === "webhook" ? (await endpoints.resolve(access, trigger.endpoint)).id : null;
  }

  /** A draft may name it; what was published holds ids. */
  async function isUsing(access: Access, workflow: WorkflowDocument, { kind, id, name }: Used): Promise<boolean> {
    if (kind === "endpoint") {
      const { trigger } = definitionOf(workflow);
      const isDrafted = trigger.type === "webhook" && (trigger.endpoint === id || toName(trigger.endpoint) === name);
      return isDrafted || workflow.endpoint === id;
    }
    const named = (kind === "credential" ? credentialsIn : destinationsIn)(definitionOf(workflow));
    if (named.some((text) => text === id || toName(text) === name)) return true;
    if (workflow.published === null) return false;
    const { credentials, destinations } = await readVersion(access, workflow.id, workflow.published);
    const ids = JSON.parse(String(kind === "credential" ? credentials : destinations)) as Record<string, string>;
    return Object.values(ids).includes(id);
  }

  async function schedule(access: Access, id: string, { trigger }: Workflow): Promise<void> {
    await engine.schedule(access, id, trigger.type === "schedule" ? trigger : null);
  }

  async function version(access: Access, id: string, wanted: number): Promise<WorkflowVersion> {
    return toVersion(await readVersion(access, id, wanted));
  }

  async function readVersion(access: Access, workflow: string, wanted: number): Promise<StoredDocument> {
    const found = await frozen.get(access, versionId(workflow, wanted));
    if (found !== undefined) return found;
    throw new ConnectorError("not_found", "The workflow has no such version", { kind: "workflow_version" });
  }

  async function makeReady({
    project,
    workflow,
    runVersion,
  }: Pick<RunDocument, "project" | "workflow" | "runVersion">): Promise<RunnableWorkflow> {
    const found = await readVersion(systemAccess({ project }), workflow, runVersion);
    const definition = JSON.parse(String(found.definition)) as Workflow;
    return {
      compiled: compileWorkflow(definition, catalog.inputSchemaOf),
      credentials: JSON.parse(String(found.credentials)) as Record<string, string>,
      destinations: JSON.parse(String(found.destinations)) as Record<string, string>,
    };
  }

  function toSaved(document: WorkflowDocument): SavedWorkflow {
    const definition = definitionOf(document);
    return { ...toSummary(document), nextTimes: timesOf(document, definition), definition };
  }

  function timesOf({ status }: WorkflowDocument, { trigger }: Workflow): string[] {
    if (trigger.type !== "schedule" || status === "paused") return [];
    try {
      return nextTimes(trigger, now(), 5).map((atMs) => new Date(atMs).toISOString());
    } catch (error) {
      // A draft may hold a schedule that is not valid yet.
      if (isConnectorError(error, "input_invalid")) return [];
      throw error;
    }
  }
}

function toSummary(document: WorkflowDocument): WorkflowSummary {
  const { id, project, name, status, revision, published, publishedRevision } = document;
  const { title, trigger } = definitionOf(document);
  return {
    ...{ id, project, name, title, status, trigger: trigger.type, version: revision, published },
    hasChanges: publishedRevision !== revision,
    createdAt: new Date(document.createdAtMs).toISOString(),
    updatedAt: new Date(document.updatedAtMs).toISOString(),
  };
}

function toVersion(document: StoredDocument): WorkflowVersion {
  return {
    workflow: String(document.workflow),
    version: Number(document.number),
    publishedAt: new Date(Number(document.createdAtMs)).toISOString(),
    publishedBy: String(document.publishedBy),
    definition: JSON.parse(String(document.definition)) as Workflow,
  };
}

function definitionOf({ draft }: WorkflowDocument): Workflow {
  return JSON.parse(draft) as Workflow;
}

function versionId(workflow: string, version: number): string {
  return `${workflow}:${version}`;
}

function noSuchWorkflow(): ConnectorError {
  return new ConnectorError("not_found", "There is no such workflow", { kind: "workflow" });
}

function changedMeanwhile(): ConnectorError {
  return new ConnectorError("conflict", "The workflow was changed meanwhile; read it again");
}

function neverPublished(): ConnectorError {
  return new ConnectorError("conflict", "The workflow was never published");
}

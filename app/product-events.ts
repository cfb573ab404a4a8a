import type { CredentialDocument } from "../credentials/document.ts";
import type { Destinations } from "../destinations/create-destinations.ts";
import type { RunDocument } from "../engine/run-document.ts";
import { isConnectorError } from "../errors/connector-error.ts";
import type { Events } from "../runtime/events.ts";
import type { ProductEvent } from "../schemas/types/index.ts";
import { systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, type Scalar, type StoredDocument } from "../store/document-store.ts";
import { NOTHING_UNTOLD, type Occurrence, type Untold } from "../store/occurrences.ts";
import { createPump } from "../store/pump.ts";
import type { Triggers } from "../triggers/create-triggers.ts";
import type { DeliveryDocument } from "../triggers/types.ts";
import type { Workflows } from "./workflows.ts";

/** Tells destinations of what they have subscribed to. */
export interface ProductEvents {
  /** Begins to look for what has happened, in this process and in those that died before they told it. */
  start(): void;
  /** Comes back when nothing is under way. Repeatable. */
  stop(): Promise<void>;
}

export interface ProductEventsDeps {
  readonly store: DocumentStore;
  readonly destinations: Pick<Destinations, "subscribed" | "send">;
  readonly workflows: Pick<Workflows, "version">;
  readonly endpoints: Pick<Triggers["endpoints"], "resolve">;
  readonly events: Pick<Events, "on">;
  /** Of this server, for the links. */
  readonly publicUrl: string;
  readonly onError: (error: unknown) => void;
  /** How often it looks for what other processes have left. 1,000 by default. */
  readonly pollMs?: number;
}

type UntoldDocument = StoredDocument & Untold;

type FactsOf = (document: UntoldDocument, occurrence: Occurrence) => Promise<ProductEvent["data"]>;

const STEP = 100;

/**
 * Makes messages of occurrences (store/occurrences.ts). Each is recorded for its destination under an id that follows from the occurrence: told again, by another process or
 * after a crash, it is the same message. Messages make no occurrences themselves, so that telling one never leads to another.
 */
export function createProductEvents(deps: ProductEventsDeps): ProductEvents {
  const { store, destinations, workflows, endpoints, events, publicUrl, onError, pollMs = 1_000 } = deps;
  const pump = createPump({ look, pollMs, onError });
  let off = () => {};

  async function look(): Promise<void> {
    await each("runs", (document, occurrence) => runFacts(document as unknown as RunDocument, occurrence));
    await each("deliveries", (document, occurrence) => deliveryFacts(document as unknown as DeliveryDocument, occurrence));
    await each("credentials", async (document) => credentialFacts(document as unknown as CredentialDocument));
  }

  /** One that cannot be told now keeps no other from being told; the next look comes to it again. */
  async function each(collection: "runs" | "credentials" | "deliveries", factsOf: FactsOf): Promise<void> {
    const told = openCollection(store, collection);
    const tell = async (document: UntoldDocument) => {
      await tellAll(document, (occurrence) => factsOf(document, occurrence));
      const asFound = { untoldAtMs: Number(document.untoldAtMs) };
      await told.patch(systemAccess(document), document.id, { set: NOTHING_UNTOLD }, asFound);
    };
    for (let after: Readonly<Record<string, Scalar>> | undefined; !pump.isStopped; ) {
      const untold = { where: { untoldAtMs: { gt: 0 } }, sort: ["untoldAtMs"], limit: STEP, ...(after && { after }) };
      const page = (await store.find(collection, EVERY_PROJECT, untold)) as UntoldDocument[];
      for (const document of page) await tell(document).catch(onError);
      const last = page.at(-1);
      if (last === undefined || page.length < STEP) return;
      after = { untoldAtMs: Number(last.untoldAtMs), id: last.id, project: last.project };
    }
  }

  async function tellAll(document: UntoldDocument, factsOf: (occurrence: Occurrence) => Promise<ProductEvent["data"]>) {
    const access = systemAccess(document);
    for (const occurrence of document.untold ?? []) {
      const type = occurrence.type as ProductEvent["type"];
      const told = await destinations.subscribed(access, type);
      if (told.length === 0) continue;
      const timestamp = new Date(occurrence.atMs).toISOString();
      const body: ProductEvent = { id: occurrence.id, type, timestamp, data: await factsOf(occurrence) };
      for (const destination of told) {
        const message = { destination, id: `event/${type}/${occurrence.id}/${destination}`, body, whilePaused: true };
        await destinations.send(access, message).catch(unlessRemoved);
      }
    }
  }

  async function runFacts(run: RunDocument, { step, code }: Occurrence): Promise<ProductEvent["data"]> {
    const { definition } = await workflows.version(systemAccess(run), run.workflow, run.runVersion);
    return {
      ...{ project: run.project, owner: run.owner || null, link: linkTo("runs", run.id), run: run.id },
      ...{ workflow: run.workflow, workflowName: run.name, workflowTitle: definition.title, version: run.runVersion },
      ...{ step: step ?? null, stepTitle: definition.steps.find(({ id }) => id === step)?.title ?? null, code: code ?? null },
    };
  }

  function credentialFacts({ id, project, owner, nickname, connector, environment }: CredentialDocument): ProductEvent["data"] {
    const link = linkTo("credentials", id);
    return { project, owner: owner || null, link, credential: id, nickname, connector, environment };
  }

  async function deliveryFacts(delivery: DeliveryDocument, { code }: Occurrence): Promise<ProductEvent["data"]> {
    const { id, project, endpoint, verification } = delivery;
    const named = await endpoints.resolve(systemAccess(delivery), endpoint).catch(unlessRemoved);
    return {
      ...{ project, owner: null, link: linkTo("api/v1/deliveries", id), delivery: id, endpoint },
      ...{ endpointName: named?.name ?? null, eventType: verification?.eventType ?? null, code: code ?? null },
    };
  }

  function linkTo(page: string, id: string): string {
    return `${publicUrl}/${page}/${encodeURIComponent(id)}`;
  }

  return {
    start() {
      if (!pump.isStopped) return;
      off = events.on((event) => {
        if (event.type === "run_changed" || event.type === "delivery_ended") pump.kick();
      });
      pump.start();
    },
    async stop() {
      off();
      await pump.stop();
    },
  };
}

/** It went meanwhile: a destination, and the wish to be told with it, or the endpoint that a delivery came to. */
function unlessRemoved(error: unknown): undefined {
  if (!isConnectorError(error, "not_found")) throw error;
  return undefined;
}

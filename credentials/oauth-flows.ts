import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { ConnectorError, type ErrorCode } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { Secret } from "../sealing/secret.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument, storeTime } from "../store/document-store.ts";
import { removeAll } from "../store/remove-all.ts";
import type { Place } from "./types.ts";

/** One attempt to get a consent: by ticket to the start page, by state back from the service. */
export interface ConsentFlow {
  readonly id: string;
  readonly project: string;
  /** Of the credential; "" = the project itself. */
  readonly owner: string;
  readonly credential: string;
  readonly connector: string;
  readonly environment: string;
  /** Who asked for it, as {@link Access} names them. */
  readonly actor: string;
  /** SHA-256 of the dashboard session that asked for it; null where none did. */
  readonly startedBySession: string | null;
}

export interface NewTicket {
  readonly credential: string;
  readonly connector: string;
  readonly environment: string;
  /** Of the credential; absent or null = the project itself. */
  readonly owner?: string | null;
  /** Id of the dashboard session that asks. In that session the start page needs no confirmation. */
  readonly startedBySession?: string;
}

export interface BeginConsent extends Place {
  /** The value of a cookie that this browser has already. */
  readonly browser?: string;
  readonly verifier?: Secret;
  /** What the service is asked for. */
  readonly scopes?: readonly string[];
}

export interface BegunConsent {
  readonly flow: ConsentFlow;
  /** For the authorize page. */
  readonly state: string;
  /** Value of the cookie that binds this browser: the person who starts must finish. */
  readonly browser: string;
  readonly verifier: Secret;
}

export interface TakenConsent {
  readonly flow: ConsentFlow;
  readonly verifier: Secret;
  /** What the service was asked for; null where an older version asked, which did not record it. */
  readonly scopes: readonly string[] | null;
}

/**
 * Consents under way. Ticket, state and browser are 32 random bytes each and stored as hashes, the verifier sealed; ticket and state
 * work once, 10 minutes long. A failed or expired one leaves its credential as it was: a new ticket can be created for it.
 *
 * A passport-oauth2 state store sits on top: `store(req, verifier, state, meta, cb)` is `beginConsent` with that verifier, and
 * `verify(req, state, cb)` is `takeState`, answering with the verifier.
 */
export interface OAuthFlows {
  createTicket(access: Access, ticket: NewTicket): Promise<{ readonly flow: ConsentFlow; readonly ticket: string }>;
  /** What a ticket would start, for the start page. Uses nothing up. @throws ConnectorError `oauth_state_invalid` */
  readTicket(ticket: string, expected: Place): Promise<ConsentFlow>;
  /**
   * Uses the ticket up and creates the state.
   *
   * @throws ConnectorError `oauth_state_invalid`
   */
  beginConsent(ticket: string, options: BeginConsent): Promise<BegunConsent>;
  /**
   * Uses the state up, whatever comes of it: a state shown by another browser is worth nothing afterwards.
   *
   * @throws ConnectorError `oauth_state_invalid`: unknown, used, run out, or of another browser, environment or project
   */
  takeState(
    state: string,
    expected: Place & { readonly browser: string | undefined; readonly project?: string },
  ): Promise<TakenConsent>;
  /** Remembers why a consent failed, for the caller that waits for it. `message` is passed on unchanged. */
  recordFailure(flow: Pick<ConsentFlow, "project" | "id">, failure: ConsentFailure): Promise<void>;
  /** Why a consent ended badly; undefined while it has not, or where it is forgotten (twenty minutes after its beginning). */
  failureOf(access: Access, id: string): Promise<ConsentFailure | undefined>;
  /** Removes what is forgotten; answers how many. */
  sweep(): Promise<number>;
}

export interface ConsentFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface OAuthFlowsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  /** Id of the connector that consents were for before there were others: older records name none. */
  readonly builtIn?: string;
  /** 600,000 by default. */
  readonly lifeMs?: number;
  readonly now?: () => number;
}

interface FlowDocument extends StoredDocument, ConsentFlow {
  readonly id: string;
  readonly project: string;
  readonly stage: "ticket" | "consent" | "done" | "failed";
  readonly failure?: ConsentFailure;
  readonly browserHash: string | null;
  readonly verifier: string | null;
  readonly scopes?: readonly string[] | null;
}

const LIFE_MS = 10 * 60_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** @see OAuthFlows */
export function createOAuthFlows({ store, ring, builtIn = "", lifeMs = LIFE_MS, now = Date.now }: OAuthFlowsOptions): OAuthFlows {
  const saved = openCollection(store, "oauthFlows");

  /** Finds a live flow by one of its hashed tokens. */
  async function find(
    where: { ticketHash: string } | { stateHash: string },
    stage: FlowDocument["stage"],
  ): Promise<FlowDocument> {
    const [found] = (await store.find("oauthFlows", EVERY_PROJECT, { where, limit: 1 })) as FlowDocument[];
    if (found === undefined || found.stage !== stage) throw invalid("it was not started here, or was already used");
    return withConnector(found);
  }

  function withConnector(flow: FlowDocument): FlowDocument {
    return { ...flow, connector: flow.connector ?? builtIn };
  }

  /** One step of a flow, if it is still at that stage and has not run out: atomic, so that a token works once. */
  async function advance(flow: FlowDocument, from: FlowDocument["stage"], set: Record<string, unknown>): Promise<FlowDocument> {
    // One that would live longer than twice its life was written by a clock that has been set back since.
    const where = { stage: from, expiresAtMs: { gt: storeTime(), lte: storeTime(2 * lifeMs) } };
    const advanced = await saved.patch(systemAccess(flow), flow.id, { set }, where);
    if (advanced === undefined) throw invalid("it was already used, or has expired");
    return withConnector(advanced as FlowDocument);
  }

  async function recordFailure(flow: Pick<ConsentFlow, "project" | "id">, { code, message }: ConsentFailure) {
    await saved.patch(systemAccess(flow), flow.id, { set: { stage: "failed", failure: { code, message } } });
  }

  return {
    recordFailure,

    sweep: () => removeAll(store, "oauthFlows", EVERY_PROJECT, { expiresAtMs: { lt: storeTime(-lifeMs) } }),

    async failureOf(access, id) {
      const flow = (await saved.get(access, id)) as FlowDocument | undefined;
      return flow?.failure;
    },

    async createTicket(access, { credential, connector, environment, owner, startedBySession }) {
      const ticket = newToken();
      const session = startedBySession === undefined ? null : hash(startedBySession);
      const { project, actor } = access;
      const place = { project, owner: access.owner ?? owner ?? "", credential, connector, environment };
      const flow = { id: `flow_${newToken()}`, ...place, actor, startedBySession: session };
      const secrets = { ticketHash: hash(ticket), stateHash: null, browserHash: null, verifier: null, sealedKid: null };
      // An insert knows only our own clock, which may be wrong: the ticket begins to live with the store's time.
      await saved.insert(access, { ...flow, ...secrets, stage: "ticket", createdAtMs: now(), expiresAtMs: now() });
      await saved.patch(access, flow.id, { set: { expiresAtMs: storeTime(lifeMs) } });
      return { flow, ticket };
    },

    async readTicket(ticket, place) {
      const flow = await find({ ticketHash: hashToken(ticket) }, "ticket");
      if (!isOf(flow, place)) throw invalid("it belongs to another environment");
      // Sets nothing; asks the store's clock whether the ticket still lives.
      return toFlow(await advance(flow, "ticket", {}));
    },

    async beginConsent(ticket, { browser = newToken(), verifier = new Secret(newToken()), scopes, ...place }) {
      if (!TOKEN.test(browser)) throw invalid("the browser's cookie is not one of ours");
      const flow = await find({ ticketHash: hashToken(ticket) }, "ticket");
      if (!isOf(flow, place)) throw invalid("it belongs to another environment");
      const state = newToken();
      const sealed = ring.seal(verifier, placeOf("oauthFlows", flow, "verifier"));
      const secrets = { stateHash: hash(state), browserHash: hash(browser), verifier: sealed, sealedKid: ring.labelOf(sealed) };
      const begun = await advance(flow, "ticket", {
        ...secrets,
        scopes: scopes ?? null,
        ticketHash: null,
        stage: "consent",
        expiresAtMs: storeTime(lifeMs),
      });
      return { flow: toFlow(begun), state, browser, verifier };
    },

    async takeState(state, { browser, project, ...place }) {
      const found = await find({ stateHash: hashToken(state) }, "consent");
      const flow = await advance(found, "consent", { stage: "done" });
      const mismatch = mismatchOf(flow, { ...place, browser, project });
      if (mismatch !== undefined) {
        await recordFailure(flow, mismatch);
        throw mismatch;
      }
      const verifier = ring.open(String(flow.verifier), placeOf("oauthFlows", flow, "verifier"));
      await saved.patch(systemAccess(flow), flow.id, { set: { verifier: null, sealedKid: null } });
      return { flow: toFlow(flow), verifier, scopes: flow.scopes ?? null };
    },
  };
}

/** What finishing a consent may reach: the holder of its ticket or state acts for the caller who started it. */
export function accessOfFlow({ project, owner, actor }: ConsentFlow): Access {
  return { project, actor, ...(owner !== "" && { owner }) };
}

/** Did this dashboard session ask for the consent? Then the start page needs no confirmation. */
export function isStartedBy(flow: ConsentFlow, session: string | undefined): boolean {
  return session !== undefined && isHashOf(session, flow.startedBySession);
}

function mismatchOf(
  flow: FlowDocument,
  { browser, project, ...place }: Place & { browser: string | undefined; project: string | undefined },
): ConnectorError | undefined {
  if (browser === undefined || !isHashOf(browser, flow.browserHash)) return invalid("it was started in another browser");
  if (!isOf(flow, place)) return invalid("it belongs to another environment");
  if (project !== undefined && flow.project !== project) return invalid("it belongs to another project");
  return undefined;
}

function isOf(flow: Place, { connector, environment }: Place): boolean {
  return flow.connector === connector && flow.environment === environment;
}

/** One that was started by an older version belongs to the project, and who asked for it is not known. */
function toFlow(document: FlowDocument): ConsentFlow {
  const { id, project, owner = "", credential, connector, environment, actor = "system", startedBySession } = document;
  return { id, project, owner, credential, connector, environment, actor, startedBySession };
}

function newToken(): string {
  return randomBytes(32).toString("base64url");
}

function hashToken(token: string): string {
  if (!TOKEN.test(token)) throw invalid("it was not started here, or was already used");
  return hash(token);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function isHashOf(text: string, expected: string | null): boolean {
  return expected !== null && timingSafeEqual(Buffer.from(hash(text)), Buffer.from(expected));
}

function invalid(why: string): ConnectorError {
  return new ConnectorError("oauth_state_invalid", `The consent cannot continue: ${why}. Start it again.`);
}

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isConnectorError } from "../errors/connector-error.ts";
import { systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { Where } from "../store/document-store.ts";
import { createLeaseWatch } from "../store/lease.ts";
import { noSuchCredential, reauthRequired, refreshUnavailable } from "./credential-errors.ts";
import type { CredentialDocument } from "./document.ts";
import { acquireLease, REFRESH_LEASE, type RefreshLease } from "./refresh-lease.ts";
import type { CredentialKey, Refresher, RefresherOptions, RefreshNeed, RefreshTiming } from "./refresher.ts";
import { createReplaceTokens } from "./replace-tokens.ts";
import { createSingleFlight } from "./single-flight.ts";

const TIMING: RefreshTiming = { leaseMs: 10_000, waitMs: 25_000, backoffMs: 250, patienceMs: 2_000, saveMs: 60_000 };
const POLL_MS = 150;

/**
 * Refreshes under a lease in the store: one token call for all callers in all processes. A waiter that runs out of time fails; it
 * never calls the token endpoint without the lease.
 */
export function createRefresher(options: RefresherOptions): Refresher {
  const { store, now = Date.now, tell = () => {} } = options;
  const timing = { ...TIMING, ...options.timing };
  const owner = `${process.pid}-${randomBytes(6).toString("hex")}`;
  const saved = openCollection(store, "credentials");
  const flights = createSingleFlight(timing.patienceMs, now);
  const replaceTokens = createReplaceTokens({ ...options, now, timing });

  async function run(key: CredentialKey, need: RefreshNeed): Promise<void> {
    const look = createLeaseWatch(REFRESH_LEASE, timing.leaseMs);
    let abandoned: Where | undefined;
    for (;;) {
      const lease = await acquireLease({ ...timing, store, owner }, key, need.secretVersion, abandoned);
      if (lease !== undefined && (await hold(lease, need))) return;
      const held = await readHeld(key, need);
      if (held === undefined) return;
      abandoned = look(held);
      if (now() < need.validUntilMs) throw refreshUnavailable("another process is refreshing it");
      if (performance.now() > need.deadlineMs) throw refreshUnavailable("another process did not finish in time");
      await sleep(POLL_MS * (0.5 + Math.random()));
    }
  }

  async function hold(lease: RefreshLease, need: RefreshNeed): Promise<boolean> {
    const { project, id: credential } = lease.document;
    try {
      const isDone = await replaceTokens(lease, need);
      if (isDone) tell({ type: "refreshed", project, credential, code: "ok" });
      return isDone;
    } catch (error) {
      tell({ type: "refreshed", project, credential, code: isConnectorError(error) ? error.code : "internal_error" });
      throw error;
    } finally {
      lease.stop();
    }
  }

  /** Answers nothing once the secret was replaced. */
  async function readHeld(key: CredentialKey, { secretVersion }: RefreshNeed): Promise<CredentialDocument | undefined> {
    const document = (await saved.get(systemAccess(key), key.id)) as CredentialDocument | undefined;
    if (document === undefined) throw noSuchCredential();
    if (document.secretVersion !== secretVersion) return undefined;
    if (document.status === "reauth_required") throw reauthRequired(document);
    return document;
  }

  return {
    refresh({ project, id }, secretVersion, { validUntilMs = 0 } = {}) {
      const need = { secretVersion, validUntilMs, deadlineMs: performance.now() + timing.waitMs };
      return flights.join(`${project}\u0000${id}`, need, () => run({ project, id }, need));
    },
    settled: flights.settled,
  };
}

import type { CheckLine } from "./credential.ts";
import type { TokenState } from "./credential-store.ts";

const SKEW_MS = 30_000;
const SLOW_MS = 5_000;

/** Until when the token is valid, and whether it can be renewed. */
export function expiryLine(state: TokenState | null, nowMs: number): CheckLine {
  const id = "token_expiry";
  if (state === null) return { id, state: "skipped", message: "An API key does not expire" };
  const minutes = Math.max(0, Math.round((state.expiresAtMs - nowMs) / 60_000));
  const data = { expiresAt: new Date(state.expiresAtMs).toISOString() };
  if (state.refreshable)
    return { id, state: "pass", message: `Expires in ${minutes} minutes and is renewed automatically`, ...data };
  const message = `Expires in ${minutes} minutes and cannot be renewed: offline_access was not granted`;
  return { id, state: "warn", message, action: "Add offline_access to the OAuth app's scopes and connect again.", ...data };
}

/** How far our clock is off, by the `Date` of an answer (full seconds, so half a second is added). */
export function clockLine(serverDateMs: number | undefined, receivedAtMs: number): CheckLine {
  const id = "clock";
  if (serverDateMs === undefined) return { id, state: "skipped", message: "The answer did not tell the time" };
  const skewMs = Math.round(receivedAtMs - (serverDateMs + 500));
  if (Math.abs(skewMs) <= SKEW_MS) return { id, state: "pass", message: "Clocks agree", skewMs };
  const message = `This server's clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? "ahead" : "behind"}`;
  return { id, state: "warn", message, action: "Set this server's clock by NTP.", skewMs };
}

export function roundTripLine(durationMs: number, service: string): CheckLine {
  const ms = Math.round(durationMs);
  if (ms <= SLOW_MS) return { id: "round_trip", state: "pass", message: `${ms} ms`, ms };
  return {
    id: "round_trip",
    state: "warn",
    message: `${ms} ms: slow`,
    ms,
    action: `Check the network between this server and ${service}.`,
  };
}

import { isConnectorError } from "../errors/connector-error.ts";
import type { Access } from "../store/access.ts";
import type { CheckerOptions, ProbeCall } from "./check-context.ts";
import { invalidInput, toPerformAs } from "./check-input.ts";
import type { Credential, PerformAsState } from "./credential.ts";
import type { CredentialStore } from "./credential-store.ts";
import { findUser } from "./perform-as.ts";
import type { Credentials, NewCredential, SigningCredential } from "./types.ts";

/** A saved credential, or one that is signed with before it is saved. */
interface Asked {
  readonly record: Credential;
  readonly signing?: SigningCredential;
}

interface Options {
  /** Save a `defaultPerformAs` that the service does not know; the credential then carries a warning. */
  readonly acceptUnknownPerformAs?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Credentials as people save them: the user that writes are recorded for is looked up first. */
export interface CheckedCredentials {
  /** @throws ConnectorError `input_invalid` with keyword `unknown_user`, and as `Credentials.create` */
  create(access: Access, credential: NewCredential, options?: Options): Promise<Credential>;
  /** @throws ConnectorError `input_invalid` with keyword `unknown_user`, and as `Credentials.update` */
  update(
    access: Access,
    id: string,
    change: Parameters<Credentials["update"]>[2],
    options?: Options & { readonly expectedVersion?: number | undefined },
  ): Promise<Credential>;
}

export interface CheckedCredentialsOptions {
  readonly connectors: CheckerOptions["connectors"];
  readonly credentials: Pick<CredentialStore, "create" | "get" | "update" | "draft">;
  /** As for tests; with `signing` a credential that is not saved yet. */
  readonly probe: (call: ProbeCall, signing?: SigningCredential) => ReturnType<CheckerOptions["probe"]>;
  /** For the whole look-up; 10,000 by default. */
  readonly timeoutMs?: number;
}

/** @see CheckedCredentials */
export function createCheckedCredentials(options: CheckedCredentialsOptions): CheckedCredentials {
  const { connectors, credentials, probe, timeoutMs = 10_000 } = options;

  /** Not being able to look is no reason to refuse: a key may lack that permission, and the service may be away. */
  async function look(access: Access, of: Asked, user: string, signal?: AbortSignal) {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signals = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    const { record, signing } = of;
    const connector = connectors.of(record.connector);
    const call = (operation: string, input: ProbeCall["input"]) =>
      probe({ access, credential: record.id, operation, input, signal: signals, timeoutMs }, signing);
    try {
      return await findUser({ connector, call }, user);
    } catch (error) {
      if (!isConnectorError(error) || signal?.aborted) throw error;
      return "unchecked";
    }
  }

  function assertKnown(connector: string, state: PerformAsState, isAccepted: boolean | undefined): void {
    if (state !== "unknown" || isAccepted) return;
    throw invalidInput(
      "/defaultPerformAs",
      "unknown_user",
      `is not the ID of a user in ${connectors.of(connector).manifest.name}`,
    );
  }

  return {
    async create(access, credential, { acceptUnknownPerformAs, signal } = {}) {
      const user = toPerformAs(credential.defaultPerformAs);
      if (user === null) return credentials.create(access, credential);
      // A consent has no token yet: its first test will tell.
      const signing = credentials.draft(access, credential);
      const performAs =
        signing === undefined ? "unchecked" : await look(access, { record: signing.record, signing }, user, signal);
      assertKnown(credential.connector ?? connectors.builtIn.manifest.id, performAs, acceptUnknownPerformAs);
      return credentials.create(access, { ...credential, performAs });
    },

    async update(access, id, change, { acceptUnknownPerformAs, expectedVersion, signal } = {}) {
      const user = toPerformAs(change.defaultPerformAs);
      const before = await credentials.get(access, id);
      // What is saved already was accepted then.
      if (user === null) return credentials.update(access, id, change, expectedVersion);
      if (user === before.defaultPerformAs) {
        const { defaultPerformAs: _, ...rest } = change;
        return credentials.update(access, id, rest, expectedVersion);
      }
      const performAs = await look(access, { record: before }, user, signal);
      assertKnown(before.connector, performAs, acceptUnknownPerformAs);
      return credentials.update(access, id, { ...change, performAs }, expectedVersion);
    },
  };
}

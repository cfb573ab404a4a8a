import { recordsOf, smallestPage } from "../connector/pages.ts";
import type { CompiledOperation } from "../connector/types.ts";
import { isConnectorError } from "../errors/connector-error.ts";
import { atPointer } from "../json-schema/pointer.ts";
import type { CheckContext, Finding } from "./check-context.ts";
import type { PerformAsState } from "./credential.ts";
import { findUser } from "./perform-as.ts";
import { missingScopes } from "./scopes.ts";
import { asApprover, placeOfKeys } from "./service-words.ts";

/** What a credential allows an operation; `allowed` null: it cannot be told without writing. */
export interface OperationAccess {
  readonly operation: string;
  readonly allowed: boolean | null;
  readonly missing?: readonly string[];
}

export interface PerformAsFinding extends Finding {
  readonly user: string | null;
  readonly state: PerformAsState;
}

/** What the lists have already answered: true where records came, false after a 403. */
export type Answered = ReadonlyMap<string, boolean>;

/** Is this the environment it was saved for? By the web address in a record, and by the token's audience. */
export function checkEnvironment({ record, connector }: CheckContext, output: unknown, audience: readonly string[]): Finding {
  const id = "environment";
  const environment = connector.environments[record.environment];
  if (audience.length > 0 && environment?.audience !== undefined && !audience.includes(environment.audience)) {
    const message = `The token was made for another environment than ${record.environment}`;
    return { line: { id, state: "fail", message, action: "Connect again." }, code: "credential_rejected" };
  }
  const { recordUrl } = connector.manifest.check;
  const seen = recordUrl === undefined ? undefined : toOrigin(atPointer(recordsOf(output)[0], recordUrl));
  const wanted = toOrigin(environment?.web);
  if (seen === undefined || wanted === undefined) {
    const byToken = audience.length > 0;
    const unseen =
      wanted === undefined ? "The environment has no `web` to compare records with" : "No record to see the environment by";
    return {
      line: { id, state: byToken ? "pass" : "skipped", message: byToken ? `The token is for ${record.environment}` : unseen },
    };
  }
  if (seen === wanted) return { line: { id, state: "pass", message: `Reached ${record.environment}`, web: seen } };
  const other = Object.entries(connector.environments).find(([, { web }]) => toOrigin(web) === seen)?.[0];
  if (other === undefined)
    return { line: { id, state: "warn", message: `Records point to ${seen} instead of ${wanted}`, web: seen } };
  const message = `Reached ${other}, although the credential was saved for ${record.environment}`;
  const action = `Save it as a new credential of ${other}.`;
  return { line: { id, state: "fail", message, action, web: seen }, code: "account_mismatch" };
}

/** Which operations it may be used for: by the granted scopes, or for a key by asking each list once. What was refused is not allowed. */
export async function checkScopes(context: CheckContext, answered: Answered): Promise<Finding> {
  const { record, connector } = context;
  const { name: service } = connector.manifest;
  const all = [...connector.operations.values()];
  const operations = record.scopes === null ? await probeKey(context, all, answered) : byScopes(all, record.scopes, answered);
  const refused = operations.filter(({ allowed }) => allowed === false).map(({ operation }) => operation);
  const line = { id: "scopes", operations } as const;
  if (record.scopes === null && ![...answered.values()].includes(true)) {
    const message = `${service} accepts the key, but it may read none of the lists`;
    const action = `Give the key permissions in ${placeOfKeys(connector.manifest)}.`;
    return { line: { ...line, state: "fail", message, action }, code: "permission_denied" };
  }
  if (isNotGranted(record)) {
    const message = "Scopes that were asked for were not granted";
    const action = `Connect again${asApprover(connector.manifest)} and agree to everything; check the scopes of the OAuth app.`;
    return { line: { ...line, state: "fail", message, action }, code: "credential_scope_missing" };
  }
  if (refused.length > 0) {
    const action =
      record.scopes === null
        ? `Give the key these permissions in ${service}.`
        : "Add the scopes to the OAuth app and connect again.";
    return { line: { ...line, state: "warn", message: `Not allowed: ${refused.join(", ")}`, action } };
  }
  const message =
    record.scopes === null ? "Every list can be read; writing cannot be tested without writing" : "Every operation is covered";
  return { line: { ...line, state: "pass", message } };
}

/** Does the user exist that writes are recorded for, and is it active? Neither stops reading, and a service may take a deactivated one. */
export async function checkPerformAs(context: CheckContext): Promise<PerformAsFinding | undefined> {
  const id = "perform_as";
  const { performAs, name: service } = context.connector.manifest;
  if (performAs === undefined) return undefined;
  const { defaultPerformAs, auth, account } = context.record;
  const user = defaultPerformAs ?? (auth === "oauth2" ? account.userId : null);
  if (user === null) {
    const action = `Set a default user on the credential, or give ${performAs.input} with each call.`;
    return { line: { id, state: "warn", message: "No user is set that writes are recorded for", action }, user, state: null };
  }
  try {
    const state = await findUser(context, user);
    return { line: { id, user, ...userLines(service)[state] }, user, state };
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    const message = `The users could not be read: ${error.title.toLowerCase()}`;
    return { line: { id, state: "skipped", message }, user, state: "unchecked" };
  }
}

const CHOOSE = "Choose another default user for the credential.";
const userLines = (service: string) =>
  ({
    active: { state: "pass", message: "The default user exists and is active" },
    deactivated: { state: "warn", message: `The default user is deactivated in ${service}`, action: CHOOSE },
    unknown: { state: "warn", message: `${service} has no such default user: writes will probably be refused`, action: CHOOSE },
    unchecked: { state: "skipped", message: "There are too many users to look through" },
  }) as const;

/** The status may have been changed since by a test that failed for another reason. */
function isNotGranted({ auth, status, missingScopes: missing }: CheckContext["record"]): boolean {
  if (missing === null) return auth === "oauth2" && status === "unusable";
  return missing.some((scope) => scope !== "offline_access");
}

function byScopes(operations: readonly CompiledOperation[], granted: readonly string[], answered: Answered): OperationAccess[] {
  return operations.map(({ name, declaration }) => {
    const missing = missingScopes(declaration.scopes, granted);
    if (answered.get(name) === false) return { operation: name, allowed: false };
    return missing.length === 0 ? { operation: name, allowed: true } : { operation: name, allowed: false, missing };
  });
}

/** Lists tell about their scope; other reads share it, writes stay unknown. */
async function probeKey(
  context: CheckContext,
  operations: readonly CompiledOperation[],
  answered: Answered,
): Promise<OperationAccess[]> {
  const lists = operations.filter(isList);
  const answers = await Promise.all(
    lists.map(async ({ name }) => [name, answered.get(name) ?? (await isAllowed(context, name))] as const),
  );
  const access = new Map(answers);
  const byScope = new Map(
    lists.flatMap(({ name, declaration }) => declaration.scopes.map((scope) => [scope, access.get(name) ?? null])),
  );
  return operations.map(({ name, declaration }) => {
    const known = declaration.scopes.map((scope) => byScope.get(scope) ?? null);
    const inferred = known.includes(false) ? false : known.includes(null) ? null : true;
    return { operation: name, allowed: access.get(name) ?? inferred };
  });
}

/** A read that can be asked without knowing an id. */
export function isList({ effect, declaration }: CompiledOperation): boolean {
  return effect === "read" && declaration.paginated === true;
}

async function isAllowed({ call, connector }: CheckContext, operation: string): Promise<boolean | null> {
  try {
    await call(operation, smallestPage(connector.manifest.pagination));
    return true;
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    return error.code === "permission_denied" ? false : null;
  }
}

function toOrigin(url: unknown): string | undefined {
  return typeof url === "string" && URL.canParse(url) ? new URL(url).origin : undefined;
}

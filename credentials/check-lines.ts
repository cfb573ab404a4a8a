import { isConnectorError } from "../connector/errors.ts";
import { createSeenCursors, nextCursor, withCursor } from "../connector/pages.ts";
import type { CompiledOperation } from "../connector/types.ts";
import type { CheckContext, Finding } from "./check-context.ts";
import { missingScopes } from "./scopes.ts";

/** What a credential allows an operation; `allowed` null: it cannot be told without writing. */
export interface OperationAccess {
  readonly operation: string;
  readonly allowed: boolean | null;
  readonly missing?: readonly string[];
}

const USER_PAGES = 20;

/** Is this the environment it was saved for? By the web address in a record, and by the token's audience. */
export function checkEnvironment({ record, connector }: CheckContext, output: unknown, audience: readonly string[]): Finding {
  const id = "environment";
  const environment = connector.environments[record.environment];
  if (audience.length > 0 && environment !== undefined && !audience.includes(environment.audience)) {
    const message = `The token was made for another environment than ${record.environment}`;
    return { line: { id, state: "fail", message, action: "Connect again." }, code: "credential_rejected" };
  }
  const seen = toOrigin(firstRecord(output)?.urls?.show);
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

/** Which operations it may be used for: by the granted scopes, or for a key by asking each list once. */
export async function checkScopes(context: CheckContext, probed: string): Promise<Finding> {
  const { record, connector } = context;
  const all = [...connector.operations.values()];
  const operations = record.scopes === null ? await probeKey(context, all, probed) : byScopes(all, record.scopes);
  const refused = operations.filter(({ allowed }) => allowed === false).map(({ operation }) => operation);
  const line = { id: "scopes", operations } as const;
  if (record.status === "unusable" && record.auth === "oauth2") {
    const message = "Scopes that were asked for were not granted";
    const action = "Connect again as a Super Admin and agree to everything; check the scopes of the OAuth app.";
    return { line: { ...line, state: "fail", message, action }, code: "credential_scope_missing" };
  }
  if (refused.length > 0) {
    const action =
      record.scopes === null ? "Give the key these permissions in Lever." : "Add the scopes to the OAuth app and connect again.";
    return { line: { ...line, state: "warn", message: `Not allowed: ${refused.join(", ")}`, action } };
  }
  const message =
    record.scopes === null ? "Every list can be read; writing cannot be tested without writing" : "Every operation is covered";
  return { line: { ...line, state: "pass", message } };
}

/** Does the user exist that writes are recorded for, and is it active? */
export async function checkPerformAs(context: CheckContext): Promise<Finding> {
  const id = "perform_as";
  const { defaultPerformAs, auth, account } = context.record;
  const user = defaultPerformAs ?? (auth === "oauth2" ? account.userId : null);
  if (user === null) {
    const action = "Set a default user on the credential, or give perform_as with each call.";
    return { line: { id, state: "warn", message: "No user is set that writes are recorded for", action } };
  }
  try {
    return await findUser(context, user);
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    return { line: { id, state: "skipped", message: `The users could not be read: ${error.title.toLowerCase()}` } };
  }
}

async function findUser({ connector, call }: CheckContext, user: string): Promise<Finding> {
  const { manifest } = connector;
  const { operation, input, idField } = manifest.check.user;
  const isRepeated = createSeenCursors();
  const line = { id: "perform_as", user } as const;
  const action = "Choose another default user for the credential.";
  let page = input;
  for (let count = 0; count < USER_PAGES; count++) {
    const body = (await call(operation, page)).output as Record<string, unknown> & { data?: Record<string, unknown>[] };
    const found = body.data?.find((entry) => entry[idField] === user);
    if (found !== undefined && !found.deactivatedAt)
      return { line: { ...line, state: "pass", message: "The default user exists and is active" } };
    if (found !== undefined) {
      return {
        line: { ...line, state: "fail", message: "The default user is deactivated in Lever", action },
        code: "perform_as_missing",
      };
    }
    const cursor = nextCursor(manifest.pagination, body, isRepeated);
    if (cursor === undefined) {
      return { line: { ...line, state: "fail", message: "Lever has no such default user", action }, code: "perform_as_missing" };
    }
    page = withCursor(manifest.pagination, input, cursor);
  }
  return { line: { ...line, state: "skipped", message: "There are too many users to look through" } };
}

function byScopes(operations: readonly CompiledOperation[], granted: readonly string[]): OperationAccess[] {
  return operations.map(({ name, declaration }) => {
    const missing = missingScopes(declaration.scopes, granted);
    return missing.length === 0 ? { operation: name, allowed: true } : { operation: name, allowed: false, missing };
  });
}

/** Lists tell about their scope; other reads share it, writes stay unknown. */
async function probeKey(
  context: CheckContext,
  operations: readonly CompiledOperation[],
  probed: string,
): Promise<OperationAccess[]> {
  const lists = operations.filter(({ effect, declaration }) => effect === "read" && declaration.paginated === true);
  const answers = await Promise.all(
    lists.map(async ({ name }) => [name, name === probed ? true : await isAllowed(context, name)] as const),
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

async function isAllowed({ call }: CheckContext, operation: string): Promise<boolean | null> {
  try {
    await call(operation, { limit: 1 });
    return true;
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    return error.code === "permission_denied" ? false : null;
  }
}

function firstRecord(output: unknown): { urls?: { show?: unknown } } | undefined {
  const data = (output as { data?: unknown } | null)?.data;
  const [first] = Array.isArray(data) ? data : [];
  return typeof first === "object" && first !== null ? first : undefined;
}

function toOrigin(url: unknown): string | undefined {
  return typeof url === "string" && URL.canParse(url) ? new URL(url).origin : undefined;
}

import { smallestPage } from "../connector/pages.ts";
import type { Input } from "../connector/types.ts";
import { type ConnectorError, type ErrorCode, isConnectorError } from "../errors/connector-error.ts";
import type { CheckContext, ProbeAnswer } from "./check-context.ts";
import { isList } from "./check-lines.ts";
import { missingScopes } from "./scopes.ts";

/** What keeps the test itself from running. */
const BREAKS_TEST: ReadonlySet<ErrorCode> = new Set([
  "not_found",
  "store_unavailable",
  "store_full",
  "shutting_down",
  "internal_error",
  "input_invalid",
  "cancelled",
]);

interface Asked {
  /** The first list that could be read. */
  readonly first?: ProbeAnswer;
  readonly answered: ReadonlyMap<string, boolean>;
  /** Why the credential counts as not working where none could. */
  readonly trouble?: ConnectorError;
}

/**
 * Asks one list after the other until one can be read. A 403 speaks about that list alone: it proves that a key is known, while a consent that
 * is refused everything it was granted is no better than one that does not work.
 */
export async function askLists(context: CheckContext, firstCall: CheckContext["call"]): Promise<Asked> {
  const answered = new Map<string, boolean>();
  let denied: ConnectorError | undefined;
  let other: ConnectorError | undefined;
  for (const { operation, input } of probesOf(context)) {
    try {
      const first = await (denied === undefined ? firstCall : context.call)(operation, input);
      return { first, answered: answered.set(operation, true) };
    } catch (error) {
      if (!isConnectorError(error) || BREAKS_TEST.has(error.code)) throw error;
      if (error.code !== "permission_denied" && denied === undefined) return { answered, trouble: error };
      if (error.code === "permission_denied") answered.set(operation, false);
      else other ??= error;
      denied ??= error;
    }
  }
  const trouble = other ?? (context.record.auth === "oauth2" ? denied : undefined);
  return { answered, ...(trouble && { trouble }) };
}

/** The manifest's probe, then the other lists; of a consent those that it covers. */
function probesOf({ record, connector }: CheckContext): readonly { operation: string; input: Input }[] {
  const { probe } = connector.manifest.check;
  const others = [...connector.operations.values()].filter((one) => isList(one) && one.name !== probe.operation);
  const all = [probe, ...others.map(({ name }) => ({ operation: name, input: smallestPage(connector.manifest.pagination) }))];
  const { scopes } = record;
  if (scopes === null) return all;
  const covered = all.filter(
    ({ operation }) => missingScopes(connector.operations.get(operation)?.declaration.scopes ?? [], scopes).length === 0,
  );
  return covered.length > 0 ? covered : [probe];
}

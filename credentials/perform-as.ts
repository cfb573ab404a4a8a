import { createSeenCursors, nextCursor, recordsOf, withCursor } from "../connector/pages.ts";
import type { CheckContext } from "./check-context.ts";
import type { PerformAsState } from "./credential.ts";

const PAGES = 20;

/**
 * Looks for a user in the service's list, which names deactivated ones too. `unchecked`: there are too many users to look through.
 *
 * @throws ConnectorError where the list cannot be read
 */
export async function findUser(
  { connector, call }: Pick<CheckContext, "connector" | "call">,
  user: string,
): Promise<NonNullable<PerformAsState>> {
  const { performAs, pagination } = connector.manifest;
  if (performAs === undefined) return "unchecked";
  const { operation, input, idField, deactivatedField } = performAs.users;
  const isRepeated = createSeenCursors();
  let page = input;
  for (let count = 0; count < PAGES; count++) {
    const { output } = await call(operation, page);
    const found = recordsOf(output)
      .filter(isRecord)
      .find((entry) => entry[idField] === user);
    if (found !== undefined) return deactivatedField !== undefined && found[deactivatedField] ? "deactivated" : "active";
    const cursor = nextCursor(pagination, output, isRepeated);
    if (cursor === undefined) return "unknown";
    page = withCursor(pagination, input, cursor);
  }
  return "unchecked";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

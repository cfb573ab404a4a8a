import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";

/**
 * What a write answers; where another document has the place in a unique index, says of which field that is.
 *
 * @throws ConnectorError `conflict` with an issue at the field
 */
export async function orTaken<T>(write: Promise<T>, { field, of }: { readonly field: string; readonly of: string }): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!isConnectorError(error, "conflict")) throw error;
    const issues = [{ pointer: `/${field}`, keyword: "unique", message: `is the ${field} of another ${of}` }];
    throw new ConnectorError("conflict", `Another ${of} has this ${field}`, { issues }, { cause: error });
  }
}

import type { Connector, Schema } from "../api/connector.ts";

export interface RecordAction {
  readonly operation: string;
  readonly title: string;
  /** Opens the operation with this record's id filled in. */
  readonly go: (id: string) => void;
}

/** The operations that take a record of this kind: those that need its id. */
export function recordActions(
  connector: Connector,
  record: Schema | undefined,
  open: (operation: string, input: Record<string, unknown>) => void,
): readonly RecordAction[] {
  if (record?.title === undefined) return [];
  const field = `${record.title.toLowerCase().replaceAll(" ", "_")}_id`;
  return Object.entries(connector.operations)
    .filter(([, { input }]) => input.required?.includes(field))
    .map(([operation, { title }]) => ({ operation, title, go: (id) => open(operation, { [field]: id }) }));
}

import type { OperationCall } from "../api/operations.ts";

/** Do two calls ask for the same, whichever page of it? The order of fields does not matter. */
export function isSameCall(one: OperationCall, other: OperationCall, cursorIn: string): boolean {
  return toText(one, cursorIn) === toText(other, cursorIn);
}

function toText({ operation, credential, input }: OperationCall, cursorIn: string): string {
  const fields = Object.entries(input).filter(([name]) => name !== cursorIn);
  return JSON.stringify([operation, credential, fields.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

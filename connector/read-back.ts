import type { CompiledOperation, Input } from "./types.ts";

/**
 * The call that reads the written record once more, by the input and, where the manifest says so, by what the write answered; undefined
 * where the operation needs none, or the answer does not tell which record it is.
 *
 * Some answers of a write leave fields of the record empty.
 */
export function readBackInput(
  operation: CompiledOperation,
  input: Input,
  written?: unknown,
): { readonly operation: string; readonly input: Input } | undefined {
  const { readBack } = operation.declaration;
  if (readBack === undefined) return undefined;
  const record = recordOf(written);
  const passed = (readBack.pass ?? []).map((name) => [name, ownValue(input, name)] as const);
  const taken = Object.entries(readBack.take ?? {}).map(([name, field]) => [name, record && ownValue(record, field)] as const);
  if (taken.some(([, value]) => value === undefined)) return undefined;
  return {
    operation: readBack.operation,
    input: Object.fromEntries([...passed, ...taken].filter(([, value]) => value !== undefined)),
  };
}

function ownValue(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Which of the values that a write added to or removed from a list of its record made a difference. */
export interface Changed {
  readonly field: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * What the write really changed in the list that the manifest names; undefined where one of the two states is not known, or where the
 * service spelled what it was given in a way of its own, so that the list changed and the input does not tell how.
 *
 * Only the values of the input are told: others may have been changed by people meanwhile.
 */
export function changedBetween(operation: CompiledOperation, input: Input, before: unknown, after: unknown): Changed | undefined {
  const field = operation.declaration.readBefore?.changes;
  const [was, is] = [recordOf(before), recordOf(after)];
  if (field === undefined || was === undefined || is === undefined || was.id !== is.id) return undefined;
  const [earlier, now, values] = [was[field], is[field], input[field]];
  if (!Array.isArray(earlier) || !Array.isArray(now) || !Array.isArray(values)) return undefined;
  const added = values.filter((value) => !earlier.includes(value) && now.includes(value));
  const removed = values.filter((value) => earlier.includes(value) && !now.includes(value));
  const isExplained = added.length + removed.length > 0 || earlier.length === now.length;
  return isExplained ? { field, added, removed } : undefined;
}

/** The write's answer with the fields that it leaves empty filled from the record read before; undefined where that is another record or none. */
export function fillFromBefore(operation: CompiledOperation, written: unknown, before: unknown): unknown {
  const fields = operation.declaration.readBefore?.fields ?? [];
  const [was, is] = [recordOf(before), recordOf(written)];
  if (was === undefined || is === undefined || was.id !== is.id) return undefined;
  const filled = Object.fromEntries(fields.filter((name) => Object.hasOwn(was, name)).map((name) => [name, was[name]]));
  return { ...(written as object), data: { ...is, ...filled } };
}

/** The write's answer with its record replaced by the one read back; unchanged where that is another record or none. */
export function mergeReadBack(written: unknown, read: unknown): unknown {
  const before = recordOf(written);
  const after = recordOf(read);
  if (before === undefined || after === undefined || before.id !== after.id) return written;
  return { ...(written as object), data: after };
}

function recordOf(output: unknown): Record<string, unknown> | undefined {
  const data = typeof output === "object" && output !== null && "data" in output ? output.data : undefined;
  return typeof data === "object" && data !== null && !Array.isArray(data) ? (data as Record<string, unknown>) : undefined;
}

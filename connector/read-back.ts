import type { CompiledOperation, Input } from "./types.ts";

/**
 * The call that reads the written record once more; undefined where the operation needs none.
 *
 * Lever answers tag, source, stage and archive writes with blanked contact fields (lever-api.md §3.6).
 */
export function readBackInput(
  operation: CompiledOperation,
  input: Input,
): { readonly operation: string; readonly input: Input } | undefined {
  const { readBack } = operation.declaration;
  if (readBack === undefined) return undefined;
  const passed = readBack.pass.filter((name) => Object.hasOwn(input, name) && input[name] !== undefined);
  return { operation: readBack.operation, input: Object.fromEntries(passed.map((name) => [name, input[name]])) };
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

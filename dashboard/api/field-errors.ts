import { ApiError } from "../../sdk/index.ts";

/** What a refused input says of one field, as a sentence under it; undefined where it says nothing of it. */
export function fieldError(error: unknown, pointer: string): string | undefined {
  const messages = issuesOf(error).filter((issue) => issue.pointer === pointer);
  return messages.length === 0 ? undefined : `This ${messages.map(({ message }) => message).join(", and ")}.`;
}

/** Was a field refused for this reason? */
export function isRefusedFor(error: unknown, pointer: string, keyword: string): boolean {
  return issuesOf(error).some((issue) => issue.pointer === pointer && issue.keyword === keyword);
}

/** Is everything that a failure says said by `fieldError` at these fields? It then needs no place of its own. */
export function isAllAtFields(error: unknown, pointers: readonly string[]): boolean {
  const issues = issuesOf(error);
  return issues.length > 0 && issues.every(({ pointer }) => pointers.includes(pointer));
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof ApiError && error.code === code;
}

function issuesOf(error: unknown) {
  return error instanceof ApiError ? (error.problem?.errors ?? []) : [];
}

import { type Issue, toProblem } from "../api/problem.ts";

/** What a refused call says of one part of its body, as a form of that part alone has it. */
export function issuesAt(error: unknown, part: string): readonly Issue[] {
  return (toProblem(error).errors ?? [])
    .filter(({ pointer }) => pointer.startsWith(`${part}/`))
    .map((issue) => ({ ...issue, pointer: issue.pointer.slice(part.length) }));
}

import type { Schema } from "../api/connector.ts";

export interface FieldGroup {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly string[];
  /** Shown when the form opens; the others unfold. */
  readonly isOpen: boolean;
}

/** More optional fields than this are folded away. */
const FEW = 6;
/** Words for what an answer holds, the same in every operation. */
const ANSWER = ["include", "expand"];

/**
 * Fields in the order people look for them: what must be given first, the rest by what it is about. Only a list has filters and time
 * windows; elsewhere such a field is one of the record's own. Groups without fields are left out.
 */
export function groupFields(input: Schema, limit: string): readonly FieldGroup[] {
  const names = Object.keys(input.properties ?? {});
  const of = (wanted: Kind) => names.filter((name) => kindOf(name, input, limit) === wanted);
  const others = of("other");
  const isShort = names.length <= FEW;
  return [
    { id: "required", title: "", fields: of("required"), isOpen: true },
    { id: "other", title: names.includes(limit) ? "Filters" : "Options", fields: others, isOpen: true },
    { id: "time", title: "Time windows", fields: of("time"), isOpen: isShort },
    { id: "answer", title: "Response", fields: [...of("answer"), ...of("paging")], isOpen: isShort },
  ].filter(({ fields }) => fields.length > 0);
}

type Kind = "required" | "time" | "answer" | "paging" | "other";

/** Does a field of a list's input say which records are wanted, not how they come? */
export function isFilter(name: string, input: Schema, limit: string): boolean {
  return !["answer", "paging"].includes(kindOf(name, input, limit));
}

function kindOf(name: string, input: Schema, limit: string): Kind {
  const isList = input.properties?.[limit] !== undefined;
  if (input.required?.includes(name)) return "required";
  if (isList && input.properties?.[name]?.["x-unit"] === "ms") return "time";
  if (ANSWER.includes(name)) return "answer";
  return name === limit ? "paging" : "other";
}

import type { Operation } from "../../api/connector.ts";
import type { Answer, OperationCall } from "../../api/operations.ts";

export interface ChangeWords {
  /** "1 tag added", "0 tags removed". */
  readonly title: string;
  /** Which, and which not and why. */
  readonly text: string;
}

/** What a write to a list really changed, in words. */
export function changeWords(
  { input: schema }: Operation,
  { input }: OperationCall,
  { field, added, removed }: NonNullable<Answer["meta"]["changed"]>,
): ChangeWords {
  const isRemoval = schema.properties?.[field]?.["x-current"] === true;
  const done = isRemoval ? removed : added;
  const asked = Array.isArray(input[field]) ? input[field].map(String) : [];
  const left = asked.filter((value) => !done.includes(value));
  const verb = isRemoval ? "removed" : "added";
  const noun = done.length === 1 ? field.replace(/s$/, "") : field;
  const was = left.length === 1 ? "was" : "were";
  const why = isRemoval ? `${was} not there` : `${was} there already`;
  const sentences = [
    ...(done.length > 0 ? [`${inWords(done)} ${verb}.`] : []),
    ...(left.length > 0 ? [`${inWords(left)} ${why}.`] : []),
  ];
  return { title: `${done.length} ${noun} ${verb}`, text: sentences.join(" ") };
}

function inWords(values: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(values);
}

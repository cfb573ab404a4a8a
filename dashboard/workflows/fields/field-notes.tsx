import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { Scope } from "../../../workflows/evaluate.ts";
import { previewInput, type Source } from "../../../workflows/preview.ts";
import type { Finding } from "../../../workflows/types.ts";
import type { Schema } from "../../api/connector.ts";
import { useMappingScope } from "../mapping/mapping-scope.ts";
import { toSampleText } from "../mapping/scope-menu.tsx";
import { useFindings } from "./step-scope.ts";

interface FieldNotesProps {
  readonly pointer: string;
  readonly value?: unknown;
  readonly schema?: Schema | undefined;
  readonly isWhole?: boolean;
}

/** Beside a field, as one types: what is wrong with it, and what would come out. */
export function FieldNotes({ pointer, value, schema, isWhole }: FieldNotesProps) {
  const findings = useFindings(pointer, isWhole);
  return (
    <>
      {findings.map((finding) => (
        <FindingNote key={`${finding.code} ${finding.field} ${finding.message}`} finding={finding} />
      ))}
      {typeof value === "string" && value.includes("{{") && <Preview value={value} schema={schema} />}
    </>
  );
}

export function FindingNote({ finding: { severity, message, suggestion } }: { finding: Finding }) {
  return (
    <Text size="xs" mt={4} c={severity === "error" ? "var(--mantine-color-error)" : "var(--page-doubt)"}>
      {severity === "doubt" && "Check: "}
      {message}
      {suggestion !== undefined && (suggestion.endsWith(".") ? ` ${suggestion}` : ` Try ${suggestion}`)}
    </Text>
  );
}

function Preview({ value, schema }: { value: string; schema: Schema | undefined }) {
  const { values, sourceOf } = useMappingScope();
  const { came, sources } = useMemo(() => {
    const met = new Set<ReturnType<typeof sourceOf>>();
    const note = (path: Parameters<typeof sourceOf>[0]) => {
      const source = sourceOf(path);
      met.add(source);
      return source === "test" ? "run" : source;
    };
    return { came: previewInput(value, { scope: values as Scope, sourceOf: note, ...(schema && { schema }) }), sources: met };
  }, [value, values, sourceOf, schema]);
  const [field] = came.fields;
  if (field === undefined || (came.value === undefined && field.type !== "nothing")) return null;
  // What cannot be read at all is said by the check.
  if (field.problem !== undefined && came.value === undefined && field.problem.code !== "mapping_missing") return null;
  return (
    <Text size="xs" c="dimmed" mt={4} lineClamp={2}>
      {wordsOf(sources)}: {came.value === undefined ? "nothing" : toSampleText(came.value)}
    </Text>
  );
}

/** What is hidden in a run is not shown here either. */
function wordsOf(sources: ReadonlySet<Source | "test">): string {
  if (sources.has("redacted")) return "With the last run, and an example for what is hidden there";
  if (sources.has("test")) return "With the last test";
  if (sources.has("run")) return sources.has("sample") ? "With the last run and examples" : "With the last run";
  return "With the example";
}

import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { Scope } from "../../../workflows/evaluate.ts";
import { previewInput } from "../../../workflows/preview.ts";
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
      {suggestion !== undefined && ` Try ${suggestion}`}
    </Text>
  );
}

function Preview({ value, schema }: { value: string; schema: Schema | undefined }) {
  const { values } = useMappingScope();
  const came = useMemo(() => previewInput(value, { scope: values as Scope, ...(schema && { schema }) }), [value, values, schema]);
  const [field] = came.fields;
  if (field === undefined || (came.value === undefined && field.type !== "nothing")) return null;
  // What cannot be read at all is said by the check.
  if (field.problem !== undefined && came.value === undefined && field.problem.code !== "mapping_missing") return null;
  return (
    <Text size="xs" c="dimmed" mt={4} lineClamp={2}>
      With the example: {came.value === undefined ? "nothing" : toSampleText(came.value)}
    </Text>
  );
}

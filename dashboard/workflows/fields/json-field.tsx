import { Text } from "@mantine/core";
import { useState } from "react";
import { MappedInput } from "../mapping/mapped-input.tsx";
import { FieldNotes } from "./field-notes.tsx";
import { parseJson } from "./parse-json.ts";
import { useFindings, useStepScope } from "./step-scope.ts";

interface JsonFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly pointer: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** Any JSON as text. What is no JSON yet is kept as it is typed, and not taken over before it is some. */
export function JsonField({ label, description, pointer, value, onChange }: JsonFieldProps) {
  const { textOf, setText } = useStepScope();
  const findings = useFindings(pointer);
  const kept = textOf(pointer);
  const [typed, setTyped] = useState(() => kept ?? toJson(value));
  const isOurs = kept !== undefined || toJson(parseJson(typed)?.value) === toJson(value);
  const text = isOurs ? typed : toJson(value);

  function change(next: string): void {
    setTyped(next);
    const parsed = next.trim() === "" ? { value: undefined } : parseJson(next);
    setText(pointer, parsed === undefined ? next : undefined);
    if (parsed !== undefined) onChange(parsed.value);
  }

  return (
    <MappedInput
      label={label}
      description={description}
      value={text}
      onChange={change}
      isMultiline
      isCode
      isWrong={kept !== undefined || findings.some(({ severity }) => severity === "error")}
      notes={
        kept !== undefined ? (
          <Text size="xs" mt={4} c="var(--mantine-color-error)">
            This is not valid JSON yet; it is kept in this browser and not used.
          </Text>
        ) : (
          <FieldNotes pointer={pointer} />
        )
      }
    />
  );
}

function toJson(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

import { ActionIcon, Box, Group, Input, Stack } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import type { Schema } from "../../api/connector.ts";
import { MappedInput } from "../mapping/mapped-input.tsx";
import { isList } from "../mapping/scope-schema.ts";
import { FieldNotes } from "./field-notes.tsx";
import type { SchemaFieldProps } from "./schema-field-props.ts";
import { useFindings } from "./step-scope.ts";
import { useFieldChoices } from "./use-field-choices.ts";

/** A list of texts, one in a line; the last line is empty and becomes the next entry. Or one value of the run that is a list itself. */
export function TextListField({ name, pointer, schema, isRequired, value, onChange }: SchemaFieldProps) {
  const id = useId();
  const label = schema.title ?? name;
  const entries = Array.isArray(value) ? (value as unknown[]).map(String) : [];
  const isWhole = typeof value === "string";
  const rows = isWhole ? [value] : [...entries, ""];
  const item: Schema = { ...schema.items, "x-options": schema["x-options"] };

  function write(at: number, text: string): void {
    // One value of the run for the whole list, for as long as it is one.
    const isKept = isWhole && text.includes("{{");
    const kept = rows.map((row, place) => (place === at ? text : row)).filter((row) => row !== "");
    onChange(isKept ? text : kept.length === 0 ? undefined : kept);
  }

  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} required={isRequired} description={schema.description}>
      <Stack gap={6} mt={4} role="group" aria-labelledby={id}>
        {rows.map((row, at) => (
          <Entry
            // biome-ignore lint/suspicious/noArrayIndexKey: entries are told apart by their places alone
            key={at}
            label={rows.length === 1 ? label : `${label} ${at + 1}`}
            pointer={isWhole ? pointer : `${pointer}/${at}`}
            schema={item}
            value={row}
            placeholder={at === 0 ? schema["x-placeholder"] : "Add another"}
            onChange={(text) => write(at, text)}
            onWhole={entries.length === 0 ? onChange : undefined}
            onRemove={row === "" ? undefined : () => write(at, "")}
          />
        ))}
      </Stack>
      <FieldNotes pointer={pointer} isWhole={false} />
    </Input.Wrapper>
  );
}

interface EntryProps {
  readonly label: string;
  readonly pointer: string;
  readonly schema: Schema;
  readonly value: string;
  readonly placeholder: string | undefined;
  readonly onChange: (text: string) => void;
  readonly onWhole: ((expression: string) => void) | undefined;
  readonly onRemove: (() => void) | undefined;
}

function Entry({ label, pointer, schema, value, placeholder, onChange, onWhole, onRemove }: EntryProps) {
  const findings = useFindings(pointer);
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Box flex={1} miw={0}>
        <MappedInput
          label={label}
          hidesLabel
          placeholder={placeholder}
          value={value}
          onChange={onChange}
          onPickWhole={(node) => {
            if (onWhole === undefined || !isList(node.schema)) return false;
            onWhole(`{{ ${node.path} }}`);
            return true;
          }}
          isWrong={findings.some(({ severity }) => severity === "error")}
          notes={<FieldNotes pointer={pointer} value={value} schema={schema} />}
          {...useFieldChoices(schema, value)}
        />
      </Box>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        aria-label={`Remove ${label}`}
        disabled={onRemove === undefined}
        style={{ visibility: onRemove === undefined ? "hidden" : undefined }}
        onClick={onRemove}
      >
        <IconX size={16} />
      </ActionIcon>
    </Group>
  );
}

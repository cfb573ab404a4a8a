import { ActionIcon, Button, Checkbox, Group, Input, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { isSame } from "../../json-schema/same.ts";
import type { Schema } from "../api/connector.ts";
import { FieldNotes } from "./fields/field-notes.tsx";
import { JsonField } from "./fields/json-field.tsx";
import { useStepScope } from "./fields/step-scope.ts";
import { FIELD_TYPES, type FieldType, type InputField, toInputFields, toInputSchema } from "./input-schema.ts";

interface InputSchemaEditorProps {
  readonly schema: Schema | undefined;
  /** Names of fields that are ids, with the kind of record that they name. */
  readonly idKinds: ReadonlyMap<string, string>;
  readonly onChange: (schema: Schema | undefined) => void;
}

/** What a run takes: a list of fields, or any JSON Schema. */
export function InputSchemaEditor({ schema, idKinds, onChange }: InputSchemaEditorProps) {
  const fields = toInputFields(schema);
  const isUnfinished = useStepScope().textOf("/trigger/input") !== undefined;
  const [asJson, setAsJson] = useState(fields === undefined || isUnfinished);
  return (
    <Stack gap="xs">
      {asJson || fields === undefined ? (
        <JsonField
          label="Input"
          description="JSON Schema of what a call sends."
          pointer="/trigger/input"
          value={schema}
          onChange={(next) => onChange(next as Schema | undefined)}
        />
      ) : (
        <Fields fields={fields} idKinds={idKinds} onChange={(next) => onChange(toInputSchema(next))} />
      )}
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        style={{ alignSelf: "flex-start" }}
        disabled={asJson && (fields === undefined || isUnfinished)}
        onClick={() => setAsJson(!asJson)}
      >
        {asJson ? "Edit as fields" : "Edit as JSON Schema"}
      </Button>
    </Stack>
  );
}

const NEW: InputField = { name: "", type: "text", isRequired: true, choices: [], rest: {} };

interface FieldsProps {
  readonly fields: readonly InputField[];
  readonly idKinds: ReadonlyMap<string, string>;
  readonly onChange: (fields: readonly InputField[]) => void;
}

function Fields({ fields, idKinds, onChange }: FieldsProps) {
  const id = useId();
  const [typed, setTyped] = useState(fields);
  // Two rows have one name for a moment while it is typed: neither is to be lost.
  const current = isSame(toInputSchema(typed), toInputSchema(fields)) ? typed : fields;
  const rows = [...current, NEW];

  function write(next: readonly InputField[]): void {
    const named = next.filter(({ name }) => name !== "");
    setTyped(named);
    onChange(named);
  }

  return (
    <Input.Wrapper
      label="Input"
      labelElement="div"
      labelProps={{ id }}
      description="What a call sends to start a run. Steps find it under Trigger."
    >
      <Stack gap={8} mt={4} role="group" aria-labelledby={id}>
        {rows.map((field, at) => (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their places alone
            key={at}
            number={at + 1}
            field={field}
            idKinds={idKinds}
            isTwice={current.some((other, place) => place !== at && other.name === field.name && field.name !== "")}
            onChange={(next) => write(rows.map((row, place) => (place === at ? next : row)))}
            onRemove={field.name === "" ? undefined : () => write(current.filter((_, place) => place !== at))}
          />
        ))}
      </Stack>
      <FieldNotes pointer="/trigger/input" />
    </Input.Wrapper>
  );
}

interface RowProps {
  readonly number: number;
  readonly field: InputField;
  readonly idKinds: ReadonlyMap<string, string>;
  readonly isTwice: boolean;
  readonly onChange: (field: InputField) => void;
  readonly onRemove: (() => void) | undefined;
}

function Row({ number, field, idKinds, isTwice, onChange, onRemove }: RowProps) {
  const { "x-id": kind, ...rest } = field.rest;

  function rename(name: string): void {
    const known = field.type === "text" ? idKinds.get(name) : undefined;
    onChange({ ...field, name, rest: { ...rest, ...(known !== undefined && { "x-id": known }) } });
  }

  return (
    <Group gap={8} align="flex-start">
      <TextInput
        flex="2 1 10rem"
        aria-label={`Name of field ${number}`}
        placeholder={field.name === "" ? "Add a field, such as opportunity_id" : ""}
        spellCheck={false}
        autoComplete="off"
        maxLength={100}
        value={field.name}
        description={typeof kind === "string" ? `ID of: ${kind}` : undefined}
        inputWrapperOrder={["label", "input", "description", "error"]}
        error={isTwice ? "Another field has this name" : undefined}
        onChange={({ currentTarget }) => rename(currentTarget.value.replace(/\s+/g, "_"))}
      />
      <Select
        flex="1 1 8rem"
        aria-label={`Type of field ${number}`}
        allowDeselect={false}
        disabled={field.name === ""}
        data={[...FIELD_TYPES]}
        value={field.type}
        onChange={(type) =>
          type !== null && onChange({ ...field, type: type as FieldType, rest: type === "text" ? field.rest : rest })
        }
      />
      <Checkbox
        mt={8}
        label="Required"
        aria-label={`Field ${number} is required`}
        disabled={field.name === ""}
        checked={field.isRequired}
        onChange={({ currentTarget }) => onChange({ ...field, isRequired: currentTarget.checked })}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        disabled={onRemove === undefined}
        style={{ visibility: onRemove === undefined ? "hidden" : undefined }}
        aria-label={`Remove the field ${field.name === "" ? number : field.name}`}
        onClick={onRemove}
      >
        <IconX size={16} />
      </ActionIcon>
      {field.type === "choice" && (
        <TagsInput
          flex="1 1 100%"
          aria-label={`Values of field ${number}`}
          placeholder="Add a value, then Enter"
          acceptValueOnBlur
          value={[...field.choices]}
          onChange={(choices) => onChange({ ...field, choices })}
        />
      )}
    </Group>
  );
}

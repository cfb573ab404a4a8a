import { ActionIcon, Box, Button, Group, Input, Stack, TextInput } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { escapePointer } from "../../../json-schema/pointer.ts";
import { isSame } from "../../../json-schema/same.ts";
import { MappedInput } from "../mapping/mapped-input.tsx";
import { FieldNotes } from "./field-notes.tsx";
import { JsonField } from "./json-field.tsx";
import { useStepScope } from "./step-scope.ts";

/** What is sent: fields with a value each, or any JSON. */
export function BodyField({ value, onChange }: { value: unknown; onChange: (body: unknown) => void }) {
  const isPlain = isPlainObject(value) && Object.values(value).every((one) => typeof one === "string");
  const isUnfinished = useStepScope().textOf("/body") !== undefined;
  const [asJson, setAsJson] = useState(!isPlain || isUnfinished);
  return (
    <Stack gap="xs">
      {asJson || !isPlain ? (
        <JsonField
          label="Message"
          description="JSON. Values of the run stand within quotes; a text that is one value keeps the value's type."
          pointer="/body"
          value={value}
          onChange={(body) => onChange(body ?? {})}
        />
      ) : (
        <Rows fields={value as Record<string, string>} onChange={onChange} />
      )}
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        style={{ alignSelf: "flex-start" }}
        disabled={asJson && (!isPlain || isUnfinished)}
        onClick={() => setAsJson(!asJson)}
      >
        {asJson ? "Edit as fields" : "Edit as JSON"}
      </Button>
    </Stack>
  );
}

function Rows({ fields, onChange }: { fields: Readonly<Record<string, string>>; onChange: (body: unknown) => void }) {
  const id = useId();
  const [typed, setTyped] = useState<readonly Row[]>(() => Object.entries(fields));
  // Two rows have one name for a moment while it is typed: neither is to be lost.
  const entries: readonly Row[] = isSame(toFields(typed), fields) ? typed : Object.entries(fields);
  const rows: readonly Row[] = [...entries, ["", ""]];

  function write(next: readonly Row[]): void {
    const given = next.filter(([name, text]) => name !== "" || text !== "");
    setTyped(given);
    onChange(toFields(given));
  }

  return (
    <Input.Wrapper label="Message" labelElement="div" labelProps={{ id }} description="The fields of the JSON that is sent.">
      <Stack gap={6} mt={4} role="group" aria-labelledby={id}>
        {rows.map(([name, text], at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their places alone
          <Group key={at} gap={6} align="flex-start">
            <TextInput
              flex="1 1 9rem"
              aria-label={`Name of field ${at + 1}`}
              placeholder={name === "" ? "Add a field" : ""}
              spellCheck={false}
              value={name}
              onChange={({ currentTarget }) =>
                write(rows.map((row, place) => (place === at ? ([currentTarget.value, text] as const) : row)))
              }
            />
            <Box flex="2 1 12rem" miw={0}>
              <MappedInput
                label={`Value of ${name === "" ? `field ${at + 1}` : name}`}
                hidesLabel
                placeholder="Value"
                value={text}
                onChange={(next) => write(rows.map((row, place) => (place === at ? ([name, next] as const) : row)))}
                notes={name !== "" && <FieldNotes pointer={`/body/${escapePointer(name)}`} value={text} />}
              />
            </Box>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              disabled={name === ""}
              style={{ visibility: name === "" ? "hidden" : undefined }}
              aria-label={`Remove the field ${name === "" ? at + 1 : name}`}
              onClick={() => write(entries.filter((_, place) => place !== at))}
            >
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
      </Stack>
      <FieldNotes pointer="/body" isWhole={false} />
    </Input.Wrapper>
  );
}

type Row = readonly [name: string, text: string];

function toFields(rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(rows.filter(([name]) => name !== ""));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

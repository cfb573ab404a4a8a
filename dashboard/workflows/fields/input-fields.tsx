import { Button, Fieldset, Group, Stack } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { escapePointer } from "../../../json-schema/pointer.ts";
import type { Schema } from "../../api/connector.ts";
import { FieldNotes } from "./field-notes.tsx";
import { JsonField } from "./json-field.tsx";
import { ScalarField } from "./scalar-field.tsx";
import type { SchemaFieldProps } from "./schema-field-props.ts";
import { useStepScope } from "./step-scope.ts";
import { TextListField } from "./text-list-field.tsx";

interface InputFieldsProps {
  readonly schema: Schema;
  readonly pointer: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly onChange: (value: Record<string, unknown>) => void;
}

/** More optional fields than this are folded away until they are wanted. */
const FEW = 3;

/** The fields of an object: required ones first, rarely needed ones at the end. */
export function InputFields({ schema, pointer, value, onChange }: InputFieldsProps) {
  const { findings } = useStepScope();
  const [showsAll, setShowsAll] = useState(false);
  const names = Object.keys(schema.properties ?? {});
  const required = schema.required ?? [];
  const at = (name: string) => `${pointer}/${escapePointer(name)}`;
  const isWanted = (name: string) => value[name] !== undefined || findings.some(({ field }) => field.startsWith(at(name)));
  const needed = names.filter((name) => required.includes(name));
  const optional = names.filter((name) => !required.includes(name));
  const [shownAtFirst] = useState(() => (optional.length <= FEW && needed.length === 0 ? optional : optional.filter(isWanted)));
  const shown = optional.filter((name) => showsAll || shownAtFirst.includes(name) || isWanted(name));
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  const hidden = optional.length - shown.length;

  function write(name: string, next: unknown): void {
    const { [name]: _, ...others } = value;
    onChange(next === undefined ? others : { ...value, [name]: next });
  }

  return (
    <Stack gap="md">
      {[...needed, ...shown, ...unknown].map((name) => (
        <SchemaField
          key={name}
          name={name}
          pointer={at(name)}
          schema={schema.properties?.[name] ?? {}}
          isRequired={required.includes(name)}
          value={value[name]}
          onChange={(next) => write(name, next)}
        />
      ))}
      {hidden > 0 && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          style={{ alignSelf: "flex-start" }}
          leftSection={<IconChevronDown size={14} />}
          onClick={() => setShowsAll(true)}
        >
          {hidden === 1 ? "1 more field" : `${hidden} more fields`}
        </Button>
      )}
    </Stack>
  );
}

/** A field of an operation's input, drawn from its schema: each takes what a person writes, or a value of the run. */
function SchemaField(props: SchemaFieldProps) {
  const { schema, name, pointer, value, onChange } = props;
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  const isExpression = typeof value === "string";
  if (types.includes("object") && schema.properties !== undefined && !isExpression)
    return (
      <Fieldset legend={schema.title ?? name}>
        <Stack gap="sm">
          <InputFields
            schema={schema}
            pointer={pointer}
            value={(value ?? {}) as Record<string, unknown>}
            onChange={(next) => onChange(Object.keys(next).length === 0 ? undefined : next)}
          />
          <FieldNotes pointer={pointer} isWhole={false} />
        </Stack>
      </Fieldset>
    );
  if (types.includes("array") && schema.items?.properties !== undefined && !isExpression) return <RecordListField {...props} />;
  if (types.includes("array") && isTextual(schema.items)) return <TextListField {...props} />;
  if (types.some((type) => ["string", "integer", "number", "boolean"].includes(String(type))) || schema.enum !== undefined)
    return <ScalarField {...props} />;
  return <JsonField label={schema.title ?? name} pointer={pointer} value={value} onChange={onChange} />;
}

function isTextual(items: Schema | undefined): boolean {
  const types = [items?.type ?? []].flat();
  return types.includes("string") || items?.enum !== undefined;
}

/** A list of records, such as phone numbers. */
function RecordListField({ name, pointer, schema, value, onChange }: SchemaFieldProps) {
  const entries = (Array.isArray(value) ? value : []) as readonly Record<string, unknown>[];
  const noun = schema.items?.title?.toLowerCase() ?? "entry";
  const write = (next: readonly Record<string, unknown>[]) => onChange(next.length === 0 ? undefined : next);
  return (
    <Fieldset legend={schema.title ?? name}>
      <Stack gap="sm">
        {entries.map((entry, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries are told apart by their places alone
          <Stack key={at} gap="xs" role="group" aria-label={`${noun} ${at + 1}`}>
            <InputFields
              schema={schema.items as Schema}
              pointer={`${pointer}/${at}`}
              value={entry}
              onChange={(next) => write(entries.map((one, place) => (place === at ? next : one)))}
            />
            <Group justify="flex-end">
              <Button
                variant="subtle"
                color="gray"
                size="compact-xs"
                aria-label={`Remove ${noun} ${at + 1}`}
                onClick={() => write(entries.filter((_, place) => place !== at))}
              >
                Remove
              </Button>
            </Group>
          </Stack>
        ))}
        <FieldNotes pointer={pointer} isWhole={false} />
        <Group>
          <Button variant="default" size="xs" onClick={() => write([...entries, {}])}>
            Add {noun}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

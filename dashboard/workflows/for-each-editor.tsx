import { NumberInput, SegmentedControl, Select, Stack } from "@mantine/core";
import type { Usable } from "../api/catalog.ts";
import type { Step } from "../api/workflows.ts";
import { CredentialField } from "./credential-field.tsx";
import { FieldNotes } from "./fields/field-notes.tsx";
import { InputFields } from "./fields/input-fields.tsx";
import { toWritten } from "./fields/to-literal.ts";
import { MappedInput } from "./mapping/mapped-input.tsx";
import { credentialFor } from "./new-step.ts";

type ForEach = NonNullable<Extract<Step, { kind: "operation" }>["forEach"]>;

interface ForEachEditorProps {
  readonly forEach: ForEach | undefined;
  readonly usable: Usable;
  readonly steps: readonly Step[];
  readonly onChange: (forEach: ForEach | undefined) => void;
}

/** Over what a step is repeated: not at all, over a list, or over every record that a list operation finds. */
export function ForEachEditor({ forEach, usable, steps, onChange }: ForEachEditorProps) {
  const kind = forEach === undefined ? "once" : "items" in forEach ? "items" : "pages";
  const lists = Object.values(usable.connectors).flatMap((connector) =>
    Object.entries(connector.operations)
      .filter(([, { paginated }]) => paginated === true)
      .map(([name, { title }]) => ({ connector: connector.id, name, title })),
  );

  function begin(next: string): void {
    const [first] = lists;
    if (next === "once") onChange(undefined);
    else if (next === "items") onChange({ items: "" });
    else if (first)
      onChange({
        connector: first.connector,
        operation: first.name,
        credential: credentialFor(first.connector, steps, usable.credentials),
        input: {},
      });
  }

  const operation =
    forEach !== undefined && !("items" in forEach)
      ? usable.connectors[forEach.connector]?.operations[forEach.operation]
      : undefined;
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="Repeat"
        data={[
          { value: "once", label: "Once" },
          { value: "items", label: "For each entry of a list" },
          { value: "pages", label: "For all records of a list operation" },
        ]}
        value={kind}
        onChange={begin}
        orientation="vertical"
        maw={420}
      />
      {forEach !== undefined && "items" in forEach && (
        <MappedInput
          label="List"
          description="Fields of this step find each entry under Item."
          required
          value={toWritten(forEach.items)}
          onChange={(items) => onChange({ ...forEach, items })}
          notes={<FieldNotes pointer="/forEach/items" value={forEach.items} />}
        />
      )}
      {forEach !== undefined && !("items" in forEach) && (
        <>
          <Select
            label="List operation"
            description="Fields of this step find each record under Item."
            searchable
            allowDeselect={false}
            data={lists.map(({ connector, name, title }) => ({ value: `${connector} ${name}`, label: title }))}
            value={`${forEach.connector} ${forEach.operation}`}
            onChange={(value) => {
              const [connector = "", name = ""] = (value ?? "").split(" ");
              onChange({ ...forEach, connector, operation: name, input: {} });
            }}
          />
          <CredentialField
            connector={forEach.connector}
            usable={usable}
            value={forEach.credential}
            pointer="/forEach/credential"
            onChange={(credential) => onChange({ ...forEach, credential })}
          />
          {operation && (
            <InputFields
              schema={operation.input}
              pointer="/forEach/input"
              value={forEach.input ?? {}}
              onChange={(input) => onChange({ ...forEach, input })}
            />
          )}
        </>
      )}
      {forEach !== undefined && (
        <NumberInput
          label="At the same time"
          description="How many are worked on at once."
          maw={200}
          min={1}
          max={10}
          allowDecimal={false}
          value={forEach.concurrency ?? 1}
          onChange={(value) => onChange({ ...forEach, concurrency: Math.max(1, Math.min(10, Number(value) || 1)) })}
        />
      )}
      <FieldNotes pointer="/forEach" isWhole={false} />
    </Stack>
  );
}

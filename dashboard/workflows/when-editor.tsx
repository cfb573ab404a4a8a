import { ActionIcon, Box, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { Operator } from "../../workflows/condition.ts";
import { comparisonOf } from "../../workflows/parse.ts";
import type { Schema } from "../api/connector.ts";
import type { Step } from "../api/workflows.ts";
import { FieldNotes } from "./fields/field-notes.tsx";
import { TextListField } from "./fields/text-list-field.tsx";
import { toWritten } from "./fields/to-literal.ts";
import { MappedInput } from "./mapping/mapped-input.tsx";
import { OPERATORS } from "./operators.ts";

type When = NonNullable<Step["when"]>;
type Condition = Extract<When, { all: unknown }>["all"][number];

const TEXTS: Schema = { type: "array", items: { type: "string" } };

/** On which conditions a step runs. */
export function WhenEditor({ when, onChange }: { when: Step["when"]; onChange: (when: Step["when"]) => void }) {
  const isAny = when !== undefined && "any" in when;
  const conditions = when === undefined ? [] : "any" in when ? when.any : when.all;

  function write(next: readonly Condition[], any = isAny): void {
    onChange(next.length === 0 ? undefined : any ? { any: next } : { all: next });
  }

  return (
    <Stack gap="sm" role="group" aria-label="Conditions">
      {conditions.length > 1 && (
        <Select
          label="Run the step if"
          maw={260}
          allowDeselect={false}
          data={[
            { value: "all", label: "all of these hold" },
            { value: "any", label: "one of these holds" },
          ]}
          value={isAny ? "any" : "all"}
          onChange={(value) => write(conditions, value === "any")}
        />
      )}
      {conditions.length === 1 && <Text size="sm">Run the step only if</Text>}
      {conditions.map((condition, at) => (
        <ConditionRow
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions are told apart by their places alone
          key={at}
          number={at + 1}
          pointer={`/when/${isAny ? "any" : "all"}/${at}`}
          condition={condition}
          onChange={(next) => write(conditions.map((one, place) => (place === at ? next : one)))}
          onRemove={() => write(conditions.filter((_, place) => place !== at))}
        />
      ))}
      <Button
        variant="default"
        size="xs"
        style={{ alignSelf: "flex-start" }}
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => write([...conditions, { value: "", contains: "" }])}
      >
        Add a condition
      </Button>
    </Stack>
  );
}

interface ConditionRowProps {
  readonly number: number;
  readonly pointer: string;
  readonly condition: Condition;
  readonly onChange: (condition: Condition) => void;
  readonly onRemove: () => void;
}

function ConditionRow({ number, pointer, condition, onChange, onRemove }: ConditionRowProps) {
  const { operator, other } = comparisonOf(condition);
  const set = (name: Operator, next: unknown) => onChange({ value: condition.value, [name]: next });
  return (
    <Group gap="xs" align="flex-start" role="group" aria-label={`Condition ${number}`}>
      <Box flex="2 1 12rem" miw={0}>
        <MappedInput
          label={`Value ${number}`}
          hidesLabel
          placeholder="Type {{ to choose a value"
          value={toWritten(condition.value)}
          onChange={(text) => onChange({ ...condition, value: text })}
          notes={<FieldNotes pointer={`${pointer}/value`} value={condition.value} />}
        />
      </Box>
      <Select
        flex="1 1 9rem"
        aria-label={`Comparison ${number}`}
        allowDeselect={false}
        data={Object.entries(OPERATORS).map(([value, label]) => ({ value, label }))}
        value={operator}
        onChange={(name) => name !== null && set(name as Operator, startOf(name as Operator, other))}
      />
      <Box flex="2 1 12rem" miw={0}>
        {operator === "exists" ? (
          <Select
            aria-label={`Yes or no ${number}`}
            allowDeselect={false}
            data={[
              { value: "true", label: "yes" },
              { value: "false", label: "no" },
            ]}
            value={String(other)}
            onChange={(value) => set("exists", value === "true")}
          />
        ) : operator === "in" || operator === "matchesOneOf" ? (
          <TextListField
            name={`Values ${number}`}
            pointer={`${pointer}/${operator}`}
            schema={TEXTS}
            isRequired={false}
            value={other}
            onChange={(next) => set(operator, next ?? [])}
          />
        ) : (
          <MappedInput
            label={`Compared with ${number}`}
            hidesLabel
            placeholder="Value"
            value={toWritten(other)}
            onChange={(text) => set(operator, toComparable(text, operator))}
            notes={<FieldNotes pointer={`${pointer}/${operator}`} value={other} />}
          />
        )}
      </Box>
      <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Remove condition ${number}`} onClick={onRemove}>
        <IconX size={16} />
      </ActionIcon>
    </Group>
  );
}

/** What stays when another comparison is chosen. */
function startOf(operator: Operator, before: unknown): unknown {
  if (operator === "exists") return true;
  const isList = operator === "in" || operator === "matchesOneOf";
  if (isList) return Array.isArray(before) ? before : typeof before === "string" && before !== "" ? [before] : [];
  return Array.isArray(before) ? (before[0] ?? "") : typeof before === "boolean" ? "" : before;
}

/** Numbers are compared as numbers; yes and no as such. */
function toComparable(text: string, operator: Operator): unknown {
  if ((operator === "greater" || operator === "less") && /^-?\d{1,15}(\.\d+)?$/.test(text.trim())) return Number(text);
  if ((operator === "equals" || operator === "notEquals") && (text === "true" || text === "false")) return text === "true";
  return text;
}

import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { FILTERS, type FilterName, filterOf } from "../../../workflows/filters.ts";
import { type Case, readChoose, writeChoose } from "./choose-cases.ts";
import { templateFault } from "./template-faults.ts";

interface ExpressionEditorProps {
  readonly expression: string;
  /** Undefined: the pill is taken away. */
  readonly onApply: (expression: string | undefined) => void;
  readonly onClose: () => void;
}

const NAMES = Object.keys(FILTERS) as FilterName[];

/** What a pill holds: where the value comes from and what is done to it. */
export function ExpressionEditor({ expression, onApply, onClose }: ExpressionEditorProps) {
  const [text, setText] = useState(expression);
  const fault = templateFault(`{{ ${text} }}`);
  const choose = readChoose(text);

  function add(name: string | null): void {
    if (name === null) return;
    setText(`${text} | ${name}${exampleOf(name as FilterName)}`);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape") onClose();
    if (event.key !== "Enter" || fault !== undefined) return;
    event.preventDefault();
    onApply(text);
  }

  return (
    <Stack gap="xs" p={6} role="group" aria-label="What the pill holds" onKeyDown={onKeyDown}>
      <TextInput
        label="Value"
        data-autofocus
        autoFocus
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        error={fault}
      />
      {choose && <Cases cases={choose.cases} onChange={(cases) => setText(writeChoose(choose.before, cases))} />}
      <Select
        label="Change it"
        placeholder="Add a filter"
        searchable
        comboboxProps={{ withinPortal: false }}
        data={NAMES.map((name) => ({ value: name, label: name }))}
        renderOption={({ option }) => (
          <div>
            <Text size="sm">{option.label}</Text>
            <Text size="xs" c="dimmed">
              {filterOf(option.value as FilterName).summary}
            </Text>
          </div>
        )}
        value={null}
        onChange={add}
      />
      <Group justify="space-between" gap="xs">
        <Button size="xs" variant="subtle" color="brick" onClick={() => onApply(undefined)}>
          Remove
        </Button>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button size="xs" disabled={fault !== undefined} onClick={() => onApply(text)}>
            Apply
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}

/** Filters that need values begin with some that can be read. */
function exampleOf(name: FilterName): string {
  const { args, isNamed } = filterOf(name);
  if (isNamed) return ": approved: 'Verified', else: 'Needs Review'";
  const needed = args.filter(({ isOptional }) => !isOptional);
  if (needed.length === 0) return "";
  return `: ${needed.map(({ kinds }) => (kinds[0] === "number" ? "1" : "''")).join(", ")}`;
}

/** The cases of `choose`, one in a row: what comes in, and what it becomes. */
function Cases({ cases, onChange }: { cases: readonly Case[]; onChange: (cases: readonly Case[]) => void }) {
  const named = cases.filter(({ name }) => name !== "else");
  const other = cases.find(({ name }) => name === "else")?.value ?? "";
  const rows = [...named, { name: "", value: "" }];
  const write = (next: readonly Case[], fallback = other) =>
    onChange([...next.filter(({ name }) => name !== ""), ...(fallback === "" ? [] : [{ name: "else", value: fallback }])]);
  return (
    <Stack gap={6}>
      {rows.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their places alone
        <Group key={at} gap={6} wrap="nowrap">
          <TextInput
            size="xs"
            flex={1}
            aria-label={`If it is, ${at + 1}`}
            placeholder="If it is"
            value={row.name}
            onChange={({ currentTarget }) =>
              write(rows.map((one, place) => (place === at ? { ...one, name: currentTarget.value } : one)))
            }
          />
          <TextInput
            size="xs"
            flex={1}
            aria-label={`It becomes, ${at + 1}`}
            placeholder="it becomes"
            disabled={row.name === ""}
            value={row.value}
            onChange={({ currentTarget }) =>
              write(rows.map((one, place) => (place === at ? { ...one, value: currentTarget.value } : one)))
            }
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={row.name === ""}
            aria-label={`Remove the case ${row.name}`}
            onClick={() => write(named.filter((_, place) => place !== at))}
          >
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
      <TextInput
        size="xs"
        aria-label="Otherwise"
        placeholder="Otherwise"
        value={other}
        onChange={({ currentTarget }) => write(named, currentTarget.value)}
      />
    </Stack>
  );
}

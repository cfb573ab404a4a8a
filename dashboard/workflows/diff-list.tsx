import { Badge, Box, Code, Group, Stack, Text } from "@mantine/core";
import type { WorkflowChange } from "../../workflows/diff.ts";
import { type ChangeLine, toLines, toValueText } from "./diff-words.ts";

const WORDS: Readonly<Record<ChangeLine["what"], { readonly label: string; readonly color: string }>> = {
  added: { label: "Added", color: "sea" },
  removed: { label: "Removed", color: "brick" },
  changed: { label: "Changed", color: "amber" },
  moved: { label: "Moved", color: "gray" },
};

interface DiffListProps {
  readonly changes: readonly WorkflowChange[];
  readonly label: string;
}

/** What differs between two definitions, field by field. */
export function DiffList({ changes, label }: DiffListProps) {
  if (changes.length === 0)
    return (
      <Text size="sm" c="dimmed">
        There is no difference.
      </Text>
    );
  return (
    <Box role="region" aria-label={label} tabIndex={0} style={{ maxHeight: "22rem", overflowY: "auto" }}>
      <Stack gap="xs" component="ul" p={0} m={0} aria-label={label} style={{ listStyle: "none" }}>
        {toLines(changes).map((line) => (
          <Box component="li" key={`${line.what} ${line.where} ${line.note}`}>
            <Line line={line} />
          </Box>
        ))}
      </Stack>
    </Box>
  );
}

function Line({ line: { what, where, note, before, after } }: { line: ChangeLine }) {
  return (
    <>
      <Group gap="xs" wrap="nowrap" align="baseline">
        <Badge color={WORDS[what].color}>{WORDS[what].label}</Badge>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {where}
          {note !== undefined && `, ${note}`}
        </Text>
      </Group>
      {before !== undefined && <Value word="was" value={before} />}
      {after !== undefined && <Value word="is" value={after} />}
    </>
  );
}

function Value({ word, value }: { word: string; value: unknown }) {
  return (
    <Text size="xs" mt={2} component="div" style={{ overflowWrap: "anywhere" }}>
      <Text span size="xs" c="dimmed">
        {word}{" "}
      </Text>
      <Code>{toValueText(value)}</Code>
    </Text>
  );
}

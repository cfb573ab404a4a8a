import { Code, Group, Text } from "@mantine/core";
import { CopyButton } from "./copy-button.tsx";
import classes from "./copyable.module.css";

export interface CopyableProps {
  readonly value: string;
  /** Names what is copied: "the address". */
  readonly what: string;
  readonly label?: string;
  /** Has the focus when a dialog opens. */
  readonly isFirst?: boolean;
}

/** A text to be taken elsewhere: whole, however long it is, with a button that copies it. */
export function Copyable({ value, what, label, isFirst }: CopyableProps) {
  return (
    <div>
      {label !== undefined && (
        <Text size="sm" fw={550} mb={4}>
          {label}
        </Text>
      )}
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Code block className={classes.text} {...(isFirst && { "data-autofocus": true, tabIndex: -1 })}>
          {value}
        </Code>
        <CopyButton value={value} what={what} />
      </Group>
    </div>
  );
}

import { Button, Group, Text } from "@mantine/core";
import { CopyMenu } from "./copy-menu.tsx";
import classes from "./run-bar.module.css";
import type { Snippet } from "./snippets.ts";

export interface RunBarProps {
  /** What the button that submits the form says. */
  readonly verb: string;
  readonly isBusy: boolean;
  /** The call itself is under way, not its dry run. */
  readonly isRunning: boolean;
  readonly snippets: readonly Snippet[];
  /** How many things are wrong with the input. */
  readonly wrong: number;
  readonly onDryRun: () => void;
  /** Absent where the operation gives one page only. */
  readonly onAll: (() => void) | undefined;
  readonly onClear: () => void;
}

/** What can be done with a filled-in form. Running it is the form's own submit. */
export function RunBar({ verb, isBusy, isRunning, snippets, wrong, onDryRun, onAll, onClear }: RunBarProps) {
  return (
    <div className={classes.bar}>
      <Group gap="sm">
        <Button type="submit" loading={isRunning} disabled={isBusy && !isRunning}>
          {verb}
        </Button>
        {onAll && (
          <Button variant="light" disabled={isBusy} onClick={onAll}>
            All pages
          </Button>
        )}
        <Button variant="default" disabled={isBusy} onClick={onDryRun}>
          Dry run
        </Button>
        <CopyMenu snippets={snippets} />
        <Button variant="subtle" color="gray" disabled={isBusy} onClick={onClear} ml="auto">
          Clear
        </Button>
      </Group>
      <Text size="sm" c="var(--mantine-color-error)" role="alert" mih={22} mt={4}>
        {wrong > 0 ? (wrong === 1 ? "One field needs correcting." : `${wrong} things need correcting.`) : ""}
      </Text>
    </div>
  );
}

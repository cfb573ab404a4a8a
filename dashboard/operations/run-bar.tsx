import { Button, Group, Text } from "@mantine/core";
import { CopyMenu } from "./copy-menu.tsx";
import classes from "./run-bar.module.css";
import type { Snippet } from "./snippets.ts";

export interface RunBarProps {
  readonly isBusy: boolean;
  /** The call itself is under way, not its dry run. */
  readonly isRunning: boolean;
  readonly snippets: readonly Snippet[];
  /** How many things are wrong with the input. */
  readonly wrong: number;
  readonly onDryRun: () => void;
  /** Absent where the operation gives one page only. */
  readonly onAll: (() => void) | undefined;
  readonly onEmpty: () => void;
}

/** What can be done with a filled-in form. Running it is the form's own submit. */
export function RunBar({ isBusy, isRunning, snippets, wrong, onDryRun, onAll, onEmpty }: RunBarProps) {
  return (
    <div className={classes.bar}>
      <Group gap="sm">
        <Button type="submit" loading={isRunning} disabled={isBusy && !isRunning}>
          Run
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
        <Button variant="subtle" color="gray" disabled={isBusy} onClick={onEmpty} ml="auto">
          Empty the form
        </Button>
      </Group>
      <Text size="sm" c="var(--mantine-color-error)" role="alert" mih={22} mt={4}>
        {wrong > 0 ? (wrong === 1 ? "One field needs another look." : `${wrong} things need another look.`) : ""}
      </Text>
    </div>
  );
}

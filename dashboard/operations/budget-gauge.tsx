import { Box, Group, Progress, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import type { SeenBudget } from "./use-budget.ts";

/** How many calls the credential has left by now: what the server told, and what has flowed in since. */
function remainingOf({ resetMs, atMs, burst, perSecond }: SeenBudget): number {
  const usedMs = Math.max(0, resetMs - (Date.now() - atMs));
  return Math.max(0, Math.floor(burst - (usedMs * perSecond) / 1000));
}

/** The credential's rate budget: what all who use it have left together. */
export function BudgetGauge({ budget }: { budget: SeenBudget | undefined }) {
  useTick(budget !== undefined && remainingOf(budget) < budget.burst);
  if (budget === undefined) return <Box w={210} />;
  const left = remainingOf(budget);
  const { burst } = budget;
  return (
    <Group gap="xs" wrap="nowrap" w={210}>
      <Progress.Root size="sm" flex={1}>
        <Progress.Section value={(left / burst) * 100} color={left < burst / 4 ? "amber" : "sea"} aria-label="Rate budget" />
      </Progress.Root>
      <Text size="xs" c="dimmed" w={108} ta="right">
        {left} of {burst} calls left
      </Text>
    </Group>
  );
}

/** Draws again four times a second while something is changing by itself. */
export function useTick(isOn: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [isOn]);
  return now;
}

import { Group, Progress, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Budget } from "../api/operations.ts";

export interface SeenBudget extends Budget {
  readonly atMs: number;
}

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** How many calls the credential has left by now: what the last answer told, and what has flowed in since. */
export function remainingOf({ remaining, atMs }: SeenBudget, { perSecond, burst }: Rate, nowMs = Date.now()): number {
  return Math.min(burst, Math.floor(remaining + ((nowMs - atMs) / 1000) * perSecond));
}

/** The credential's rate budget, as far as this page has seen it. */
export function BudgetGauge({ budget, rate }: { budget: SeenBudget | undefined; rate: Rate }) {
  useTick(budget !== undefined && remainingOf(budget, rate) < rate.burst);
  const left = budget === undefined ? rate.burst : remainingOf(budget, rate);
  return (
    <Group gap="xs" wrap="nowrap" w={210}>
      <Progress.Root size="sm" flex={1}>
        <Progress.Section
          value={(left / rate.burst) * 100}
          color={left < rate.burst / 4 ? "amber" : "sea"}
          aria-label="Rate budget"
        />
      </Progress.Root>
      <Text size="xs" c="dimmed" w={108} ta="right">
        {left} of {rate.burst} calls left
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

import { Button, Group, Loader, Paper, Text } from "@mantine/core";
import { useRef } from "react";
import { useService } from "../api/service.ts";
import { useTick } from "./budget-gauge.tsx";
import type { SeenBudget } from "./use-budget.ts";

/** A call under way: for how long, and whether it waits for its turn. */
export function Waiting({ budget, onStop }: { budget: SeenBudget | undefined; onStop: () => void }) {
  const { name } = useService();
  const startedAt = useRef(Date.now());
  const now = useTick(true);
  const seconds = Math.max(0, (now - startedAt.current) / 1000);
  return (
    <Paper role="status">
      <Group justify="space-between">
        <Group gap="sm">
          <Loader size="sm" aria-hidden />
          <Text size="sm">
            {reasonOf(budget, seconds, now, name)} ({seconds.toFixed(0)} s)
          </Text>
        </Group>
        <Button variant="default" size="xs" onClick={onStop}>
          Stop waiting
        </Button>
      </Group>
    </Paper>
  );
}

function reasonOf(budget: SeenBudget | undefined, seconds: number, now: number, name: string): string {
  const nextMs = budget === undefined ? 0 : budget.nextMs - (now - budget.atMs);
  if (seconds > 0.4 && nextMs > 0) return `Waiting for the rate limit, about ${Math.max(0.1, nextMs / 1000).toFixed(1)} s`;
  return seconds > 4 ? `${name} is slow to answer, or the call is being retried` : `Waiting for ${name}`;
}

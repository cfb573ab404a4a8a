import { Button, Group, Loader, Paper, Text } from "@mantine/core";
import { useRef } from "react";
import { type Rate, remainingOf, type SeenBudget, useTick } from "./budget-gauge.tsx";

/** A call under way: for how long, and whether it waits for its turn. */
export function Waiting({ budget, rate, onStop }: { budget: SeenBudget | undefined; rate: Rate; onStop: () => void }) {
  const startedAt = useRef(Date.now());
  const now = useTick(true);
  const seconds = Math.max(0, (now - startedAt.current) / 1000);
  const isThrottled = seconds > 0.4 && budget !== undefined && remainingOf(budget, rate, startedAt.current) < 1;
  return (
    <Paper role="status">
      <Group justify="space-between">
        <Group gap="sm">
          <Loader size="sm" aria-hidden />
          <Text size="sm">
            {isThrottled
              ? "The rate budget is used up: the call waits for its turn"
              : seconds > 4
                ? "Lever takes its time, or the call is being tried again"
                : "Asking Lever"}
            , {seconds.toFixed(0)} s
          </Text>
        </Group>
        <Button variant="default" size="xs" onClick={onStop}>
          Stop waiting
        </Button>
      </Group>
    </Paper>
  );
}

import { Box, Code, Group, Text, Title } from "@mantine/core";
import type { Operation } from "../api/connector.ts";
import { BudgetGauge } from "./budget-gauge.tsx";
import { EffectBadge } from "./effect-badge.tsx";
import type { SeenBudget } from "./use-budget.ts";

/** What an operation does, and how many calls are left for it. */
export function OperationHead({ operation, budget }: { operation: Operation; budget: SeenBudget | undefined }) {
  return (
    <Box>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2}>{operation.title}</Title>
          <EffectBadge effect={operation.effect} />
        </Group>
        <BudgetGauge budget={budget} />
      </Group>
      <Text c="dimmed" size="sm" mt={4}>
        {operation.description}
      </Text>
      <Text c="dimmed" size="xs" mt={4}>
        <Code>
          {operation.request.method} {operation.request.path}
        </Code>
      </Text>
    </Box>
  );
}

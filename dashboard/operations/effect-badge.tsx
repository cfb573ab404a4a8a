import { Badge, Tooltip } from "@mantine/core";
import type { Operation } from "../api/connector.ts";
import { EFFECTS } from "./effect-words.ts";

/** What a call does to the service. */
export function EffectBadge({ effect }: { effect: Operation["effect"] }) {
  const { label, color, meaning } = EFFECTS[effect];
  return (
    <Tooltip label={meaning}>
      <Badge color={color}>{label}</Badge>
    </Tooltip>
  );
}

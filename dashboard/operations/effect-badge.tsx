import { Badge, Tooltip } from "@mantine/core";

const EFFECTS = {
  read: { label: "reads", color: "gray", meaning: "Changes nothing in Lever. Tried again by itself where that helps." },
  repeatable: {
    label: "changes",
    color: "amber",
    meaning: "Changes Lever; doing it twice is the same as doing it once, so it is tried again by itself.",
  },
  create: {
    label: "creates",
    color: "brick",
    meaning: "Creates something in Lever; twice would be two, so it is tried again only where it surely never arrived.",
  },
} as const;

/** What a call does to Lever. */
export function EffectBadge({ effect }: { effect: keyof typeof EFFECTS | undefined }) {
  const { label, color, meaning } = EFFECTS[effect ?? "create"];
  return (
    <Tooltip label={meaning}>
      <Badge color={color}>{label}</Badge>
    </Tooltip>
  );
}

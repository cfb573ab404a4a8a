import { Badge } from "@mantine/core";
import { IconCircleCheck, IconPlayerPause } from "@tabler/icons-react";
import type { Destination } from "../api/destinations.ts";

/** Is anything sent to it? Paused by a person is no fault; paused by this server is one. */
export function DestinationBadge({ destination: { paused }, size = "md" }: { destination: Destination; size?: "md" | "lg" }) {
  if (paused === null)
    return (
      <Badge color="sea" size={size} leftSection={<IconCircleCheck size={14} aria-hidden />}>
        Active
      </Badge>
    );
  return (
    <Badge
      color={paused.reason === "by_hand" ? "gray" : "brick"}
      size={size}
      leftSection={<IconPlayerPause size={14} aria-hidden />}
    >
      Paused
    </Badge>
  );
}

import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX, IconHourglass, IconLock } from "@tabler/icons-react";
import type { Credential } from "../api/credentials.ts";
import { isWarned, statusWords } from "./status-words.ts";

const ICONS = {
  pending: IconHourglass,
  untested: IconCircleDashed,
  healthy: IconCircleCheck,
  failing: IconAlertTriangle,
  reauth_required: IconCircleX,
  unusable: IconLock,
} satisfies Record<Credential["status"], unknown>;

export function StatusBadge({ credential, size = "md" }: { credential: Credential; size?: "md" | "lg" }) {
  const { label, color } = statusWords(credential);
  const Icon = isWarned(credential) ? IconAlertTriangle : ICONS[credential.status];
  return (
    <Badge color={color} size={size} leftSection={<Icon size={14} aria-hidden />}>
      {label}
    </Badge>
  );
}

import { Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleMinus, IconCircleX } from "@tabler/icons-react";
import type { CheckReport } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { CHECK_TITLES, STATE_WORDS } from "./check-words.ts";
import { OperationAccess } from "./operation-access.tsx";
import classes from "./test-report.module.css";

export type Check = CheckReport["checks"][number];

const ICONS = { pass: IconCircleCheck, warn: IconAlertTriangle, fail: IconCircleX, skipped: IconCircleMinus };

export function CheckLine({ check }: { check: Check }) {
  const { id, state, message, action, operations, upstream } = check;
  const { label, color } = STATE_WORDS[state];
  const Icon = ICONS[state];
  return (
    <li className={classes.line}>
      <span className={classes.state} data-color={color}>
        <Icon size={18} aria-hidden />
        {label}
      </span>
      <div>
        <Text size="sm">
          <strong>{CHECK_TITLES[id] ?? id}.</strong> {message}
        </Text>
        <Said upstream={upstream} />
        {action && (
          <Text size="sm" className={classes.action}>
            What to do: {action}
          </Text>
        )}
        {Array.isArray(operations) && <OperationAccess operations={operations} />}
      </div>
    </li>
  );
}

/** What the service itself said, where it said something. */
function Said({ upstream }: { upstream: unknown }) {
  const { name } = useService();
  if (typeof upstream !== "object" || upstream === null) return null;
  const { status, message } = upstream as { status?: number; message?: string };
  if (status === undefined && message === undefined) return null;
  return (
    <Text size="sm" c="dimmed">
      {name} answered{status === undefined ? "" : ` ${status}`}
      {message === undefined ? "" : `: ${message}`}
    </Text>
  );
}

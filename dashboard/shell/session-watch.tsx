import { Alert, Button, Group, Text } from "@mantine/core";
import { IconClock } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { sessionQuery, useSession } from "../api/session.ts";
import { type SessionEnds, sessionEnds } from "../api/session-ends.ts";
import { sessionUse } from "../api/this-session.ts";
import classes from "./session-watch.module.css";
import { useNow } from "./use-now.ts";

const WARN_IDLE_MS = 2 * 60_000;
const WARN_ABSOLUTE_MS = 10 * 60_000;
/** The server moves the end once a minute only, and asked before it, it would take the question for a use. */
const SLACK_MS = 62_000;

/** Tells before the session ends, and asks the server once it must have: then the page shows how to sign in. */
export function SessionWatch() {
  const queries = useQueryClient();
  const ends = useSessionEnds(5_000);
  const refresh = () => queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  const isOver = Date.now() > Math.min(ends.absoluteMs + 2_000, ends.idleMs + SLACK_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the client stays the same
  useEffect(() => sessionUse.onChange(refresh), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each end
  useEffect(() => {
    if (isOver) void refresh();
  }, [isOver]);
  return <Warning ends={ends} onStay={refresh} />;
}

function useSessionEnds(everyMs: number): SessionEnds {
  const { data, dataUpdatedAt } = useSession();
  useNow(everyMs);
  if (!data?.signedIn) return { idleMs: Number.POSITIVE_INFINITY, absoluteMs: Number.POSITIVE_INFINITY };
  return sessionEnds(data, {
    readAtMs: dataUpdatedAt,
    lastUsedMs: sessionUse.lastMs(),
    serverAheadMs: sessionUse.serverAheadMs(),
  });
}

/** Its words change only with the minute: they are read out. */
function Warning({ ends: { idleMs, absoluteMs }, onStay }: { ends: SessionEnds; onStay: () => unknown }) {
  const nowMs = Date.now();
  const endsForGood = absoluteMs - nowMs < WARN_ABSOLUTE_MS;
  const endsIdle = !endsForGood && idleMs - nowMs < WARN_IDLE_MS;
  return (
    <div className={classes.place} role="status">
      {(endsForGood || endsIdle) && (
        <Alert
          color="amber"
          icon={<IconClock />}
          title={`Your session ends ${inMinutes((endsForGood ? absoluteMs : idleMs) - nowMs)}`}
          className={classes.card}
        >
          <Group justify="space-between" gap="sm">
            <Text size="sm" flex="1 1 14rem">
              {endsForGood
                ? "Finish what you have begun, then sign in again: you come back to this page."
                : "Nothing has been done here for a while."}
            </Text>
            {endsIdle && (
              <Button size="xs" onClick={onStay}>
                Stay signed in
              </Button>
            )}
          </Group>
        </Alert>
      )}
    </div>
  );
}

function inMinutes(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes <= 1) return "in less than a minute";
  return `in ${minutes} minutes`;
}

import { Anchor, Group, Text } from "@mantine/core";
import { toProblem } from "../api/problem.ts";
import { Ago } from "../shell/ago.tsx";
import type { PickList } from "./use-pick-list.ts";

/** From when a pick list is, and how to have it read again. One line from the start, so that nothing moves when the list comes. */
export function PickListAge({ pickList, note, disabled }: { pickList: PickList; note?: string | undefined; disabled?: boolean }) {
  const { state, error, fetchedAt, isRefreshing, isOfRecord, refresh } = pickList;
  const canRead = state !== "idle" && !disabled;
  return (
    <Group gap={6} mt={4} mih={20} role="status">
      <Text size="xs" c={state === "failed" ? "var(--mantine-color-error)" : "dimmed"} component="span">
        {note && `${note} · `}
        {state === "loading" && `Reading ${isOfRecord ? "the record" : "names"} …`}
        {state === "failed" &&
          `${isOfRecord ? "The record" : "Names"} could not be read: ${toProblem(error).detail || toProblem(error).title}`}
        {state === "ready" && fetchedAt && (
          <>
            As of <Ago at={fetchedAt} />
          </>
        )}
      </Text>
      {canRead && state !== "loading" && (
        <Anchor component="button" type="button" size="xs" onClick={refresh} disabled={isRefreshing}>
          {isRefreshing ? "Reading …" : state === "failed" ? "Try again" : "Refresh"}
        </Anchor>
      )}
    </Group>
  );
}

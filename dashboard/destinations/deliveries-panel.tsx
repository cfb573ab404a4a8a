import { ActionIcon, Badge, Button, Code, Group, List, Stack, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconRefresh } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Destination, type DestinationDelivery, deliveriesQuery } from "../api/destinations.ts";
import rows from "../settings/rows.module.css";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { Panel } from "../shell/panel.tsx";
import classes from "./deliveries.module.css";
import { aboutWords, STATE_WORDS, verdictWords } from "./destination-words.ts";

const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** What was sent in the last thirty days, with what became of it. */
export function DeliveriesPanel({ destination }: { destination: Destination }) {
  const { data, error, refetch, isFetching, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    deliveriesQuery(destination.id),
  );
  const deliveries = data?.pages.flatMap((page) => page.data);
  return (
    <Panel
      id="deliveries"
      title="Deliveries"
      actions={
        <Tooltip label="Reload the deliveries">
          <ActionIcon
            variant="default"
            size={36}
            aria-label="Reload the deliveries"
            loading={isFetching}
            onClick={() => refetch()}
          >
            <IconRefresh size={18} />
          </ActionIcon>
        </Tooltip>
      }
    >
      {error && <Failure error={error} onReload={refetch} />}
      {!deliveries && !error && <Loading what="the deliveries" />}
      {deliveries?.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing was sent to it in the last 30 days. Test messages are not listed.
        </Text>
      )}
      {deliveries && deliveries.length > 0 && (
        <ul className={`${rows.rows} ${classes.list}`} aria-label="Deliveries">
          {deliveries.map((delivery) => (
            <Delivery key={delivery.id} delivery={delivery} isPaused={destination.paused !== null} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()} mt="sm">
          Show more deliveries
        </Button>
      )}
    </Panel>
  );
}

function Delivery({ delivery, isPaused }: { delivery: DestinationDelivery; isPaused: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const { key, state, attemptCount, createdAt, nextAttemptAt } = delivery;
  const { label, color } = STATE_WORDS[state];
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <li className={classes.row}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
        <UnstyledButton aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)} className={classes.open}>
          <Chevron size={14} aria-hidden style={{ flex: "none" }} />
          <span>{verdictWords(delivery)}</span>
        </UnstyledButton>
        <Badge color={color}>{label}</Badge>
      </Group>
      <Text size="xs" c="dimmed" component="div" pl={20}>
        {aboutWords(key)}, <Ago at={createdAt} />, {attemptCount === 1 ? "1 attempt" : `${attemptCount} attempts`}
        {state === "pending" && (isPaused ? ", sent when it is resumed" : nextAttempt(nextAttemptAt))}
      </Text>
      {isOpen && <Attempts delivery={delivery} />}
    </li>
  );
}

function nextAttempt(at: string | null): string {
  return at === null ? "" : `, next attempt ${absolute.format(new Date(at))}`;
}

/** The attempts that are remembered, oldest first, and what the message is called. */
function Attempts({ delivery: { id, key, bytes, attempts, attemptCount } }: { delivery: DestinationDelivery }) {
  return (
    <Stack gap={4} mt="xs" pl={20}>
      {attempts.length < attemptCount && (
        <Text size="xs" c="dimmed">
          The last {attempts.length} of {attemptCount} attempts:
        </Text>
      )}
      <List size="sm" style={{ overflowWrap: "anywhere" }}>
        {attempts.map(({ at, message, durationMs }) => (
          <List.Item key={at}>
            <Ago at={at} />: {message}, after {durationMs} ms
          </List.Item>
        ))}
      </List>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {bytes.toLocaleString("en")} bytes, sent as <Code>{key}</Code>, webhook-id <Code>{id}</Code>
      </Text>
    </Stack>
  );
}

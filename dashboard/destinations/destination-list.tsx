import { Button, Paper, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch, IconSend } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { createSearch } from "../../text/fold.ts";
import { type Destination, destinationsFound } from "../api/destinations.ts";
import classes from "../credentials/credential-table.module.css";
import { Ago } from "../shell/ago.tsx";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { NoMatch } from "../shell/no-match.tsx";
import { PAUSED_WORDS } from "./destination-words.ts";
import { DestinationBadge } from "./status-badge.tsx";

/** A pause in typing: the server is asked once for a word, not for each letter. */
const TYPING_MS = 250;

export function DestinationList({ onAdd }: { onAdd: () => void }) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), TYPING_MS);
  const query = useInfiniteQuery({ ...destinationsFound(search), placeholderData: keepPreviousData });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  if (error && !data) return <Failure error={error} onReload={refetch} />;
  if (!data) return <Loading what="the destinations" />;
  const all = data.pages.flatMap((page) => page.data);
  if (all.length === 0 && search === "" && typed.trim() === "") return <NoDestinations onAdd={onAdd} />;
  const isFound = createSearch(typed);
  // What is shown follows at once; the server's answer completes it.
  const found = all.filter(({ name, url, id }) => isFound(name, url, id));
  return (
    <Stack gap="md">
      <TextInput
        type="search"
        aria-label="Search destinations"
        placeholder="Search by name or address"
        leftSection={<IconSearch size={16} aria-hidden />}
        maw={360}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      {found.length > 0 ? (
        <DestinationTable destinations={found} />
      ) : (
        <NoMatch one="destination" many="destinations" onShowAll={() => setTyped("")}>
          Change the search.
        </NoMatch>
      )}
      {error && <Failure error={error} onReload={refetch} />}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()} mx="auto">
          Show more destinations
        </Button>
      )}
    </Stack>
  );
}

function NoDestinations({ onAdd }: { onAdd: () => void }) {
  return (
    <Empty
      icon={<IconSend />}
      title="No destination yet"
      action={<Button onClick={onAdd}>Add the first destination</Button>}
      level={3}
    >
      Add the URL of a system that should hear of what workflows do. Its signing secret is shown once.
    </Empty>
  );
}

function DestinationTable({ destinations }: { destinations: readonly Destination[] }) {
  return (
    <Paper p={0} className={classes.frame}>
      <Table className={classes.table} aria-label="Destinations" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th w="30%">Status</Table.Th>
            <Table.Th w="26%">Last test</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {destinations.map((destination) => (
            <Row key={destination.id} destination={destination} />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Row({ destination }: { destination: Destination }) {
  const { id, name, url, paused, lastTest } = destination;
  return (
    <Table.Tr className={classes.row}>
      <Table.Td>
        <Link href={`/settings/destinations/${encodeURIComponent(id)}`} className={classes.link}>
          {name}
        </Link>
        <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
          {url}
        </Text>
      </Table.Td>
      <Table.Td>
        <DestinationBadge destination={destination} />
        {paused !== null && (
          <Text size="xs" c="dimmed" mt={4}>
            {PAUSED_WORDS[paused.reason].title}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label="Last test">
        <Text size="sm" component="span">
          {lastTest === null ? (
            "Never"
          ) : (
            <>
              {lastTest.code === "ok" ? "Accepted" : "Not accepted"} <Ago at={lastTest.at} />
            </>
          )}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

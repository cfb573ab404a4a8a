import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconKey, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { createSearch } from "../../text/fold.ts";
import { type Connector, connectorsQuery, useConnector } from "../api/connector.ts";
import { allOf, type Credential, credentialsFound } from "../api/credentials.ts";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { NoMatch } from "../shell/no-match.tsx";
import { CredentialTable } from "./credential-table.tsx";
import { environmentNames, environmentWords } from "./environment-words.ts";
import { STATUS_FILTERS, statusWords } from "./status-words.ts";

/** A pause in typing: the server is asked once for a word, not for each letter. */
const TYPING_MS = 250;

interface Wanted {
  readonly search: string;
  readonly environment: string | null;
  /** A label of a status. */
  readonly status: string | null;
}

const ALL: Wanted = { search: "", environment: null, status: null };

function isAll({ search, environment, status }: Wanted): boolean {
  return search.trim() === "" && environment === null && status === null;
}

export function CredentialList({ onAdd }: { onAdd: () => void }) {
  const [wanted, setWanted] = useState(ALL);
  const { environment, status } = wanted;
  const [search] = useDebouncedValue(wanted.search.trim(), TYPING_MS);
  const filter = { search, environment: environment ?? undefined, ...(status !== null && STATUS_FILTERS.get(status)) };
  const query = useInfiniteQuery({ ...credentialsFound(filter), placeholderData: keepPreviousData });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  if (error && !data) return <Failure error={error} onReload={refetch} />;
  if (!data) return <Loading what="the credentials" lines={6} />;
  const credentials = allOf(data);
  if (credentials.length === 0 && search === "" && isAll(wanted)) return <NoCredentials onAdd={onAdd} />;
  return (
    <Stack gap="md">
      <Found credentials={credentials} isMore={hasNextPage} wanted={wanted} onWant={setWanted} />
      {error && <Failure error={error} onReload={refetch} />}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()} mx="auto">
          Show more credentials
        </Button>
      )}
    </Stack>
  );
}

function NoCredentials({ onAdd }: { onAdd: () => void }) {
  return (
    <Empty icon={<IconKey />} title="No credential yet" action={<Button onClick={onAdd}>Add the first credential</Button>}>
      A credential lets this server call an account in your name. Without an account, start with the playground: it is ready.
    </Empty>
  );
}

interface FoundProps {
  readonly credentials: readonly Credential[];
  readonly isMore: boolean;
  readonly wanted: Wanted;
  readonly onWant: (wanted: Wanted) => void;
}

/** What is wanted is compared here too: what is shown follows at once, and the server's answer completes it. */
function Found({ credentials, isMore, wanted, onWant }: FoundProps) {
  const connector = useConnector();
  const { search, environment, status } = wanted;
  const isNarrowed = !isAll(wanted);
  const isFound = createSearch(search);
  const found = credentials.filter(
    (credential) =>
      (environment === null || credential.environment === environment) &&
      (status === null || statusWords(credential).label === status) &&
      isFound(credential.nickname, credential.id),
  );
  return (
    <>
      <Group gap="sm" align="flex-end">
        <TextInput
          type="search"
          aria-label="Search credentials"
          placeholder="Search by nickname or ID"
          leftSection={<IconSearch size={16} aria-hidden />}
          flex="1 1 14rem"
          maw={360}
          value={search}
          onChange={({ currentTarget }) => onWant({ ...wanted, search: currentTarget.value })}
        />
        <Select
          aria-label="Environment"
          placeholder="Any environment"
          clearable
          flex="1 1 8.5rem"
          maw={190}
          data={useEnvironments(connector)}
          value={environment}
          onChange={(value) => onWant({ ...wanted, environment: value })}
        />
        <Select
          aria-label="Status"
          placeholder="Any status"
          clearable
          flex="1 1 8.5rem"
          maw={190}
          data={[...STATUS_FILTERS.keys()]}
          value={status}
          onChange={(value) => onWant({ ...wanted, status: value })}
        />
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {countWords(found.length, { isMore, isNarrowed })}
      </Text>
      {found.length > 0 ? (
        <CredentialTable credentials={found} connector={connector} />
      ) : (
        <NoMatch one="credential" many="credentials" onShowAll={() => onWant(ALL)}>
          {isMore ? "No match so far. Show more to search further." : "Change the search or the filters."}
        </NoMatch>
      )}
    </>
  );
}

/** Of every connector: those of the first as people know them, then what only others have. */
function useEnvironments(connector: Connector) {
  const { data: cards = [] } = useQuery(connectorsQuery);
  const own = environmentNames(connector).map((name) => [name, environmentWords(name, connector).title] as const);
  const others = cards.flatMap(({ environments }) => Object.entries(environments));
  return [...new Map([...own, ...others, ...own])].map(([value, label]) => ({ value, label }));
}

function countWords(found: number, { isMore, isNarrowed }: { isMore: boolean; isNarrowed: boolean }): string {
  if (isNarrowed) return `${found} found${isMore ? ", there are more" : ""}`;
  return `${found}${isMore ? " shown, there are more" : found === 1 ? " credential" : " credentials"}`;
}

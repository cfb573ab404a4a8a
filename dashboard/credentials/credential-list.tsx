import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconKey, IconSearch, IconZoomQuestion } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { createSearch } from "../../text/fold.ts";
import { useConnector } from "../api/connector.ts";
import { allOf, type Credential, credentialsFound } from "../api/credentials.ts";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { CredentialTable } from "./credential-table.tsx";
import { environmentNames, environmentWords } from "./environment-words.ts";
import { STATUS_LABELS, statusWords } from "./status-words.ts";

/** A pause in typing: the server is asked once for a word, not for each letter. */
const TYPING_MS = 250;

export function CredentialList({ onAdd }: { onAdd: () => void }) {
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search.trim(), TYPING_MS);
  const query = useInfiniteQuery({ ...credentialsFound(asked), placeholderData: keepPreviousData });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  if (error && !data) return <Failure error={error} onReload={refetch} />;
  if (!data) return <Loading what="the credentials" lines={6} />;
  const credentials = allOf(data);
  if (credentials.length === 0 && asked === "" && search === "") return <NoCredentials onAdd={onAdd} />;
  return (
    <Stack gap="md">
      <Found credentials={credentials} isMore={hasNextPage} search={search} onSearch={setSearch} />
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
      A credential lets this server call an account in your name. Without an account, begin with the playground: it is ready.
    </Empty>
  );
}

interface FoundProps {
  readonly credentials: readonly Credential[];
  readonly isMore: boolean;
  readonly search: string;
  readonly onSearch: (search: string) => void;
}

/** The search is compared here too: what is shown follows each letter, and the server's answer completes it. */
function Found({ credentials, isMore, search, onSearch }: FoundProps) {
  const connector = useConnector();
  const [environment, setEnvironment] = useState<string | null>(null);
  const [status, setStatus] = useState<string | null>(null);
  const isFound = createSearch(search);
  const found = credentials.filter(
    (credential) =>
      (environment === null || credential.environment === environment) &&
      (status === null || statusWords(credential).label === status) &&
      isFound(credential.nickname, credential.id),
  );

  function showAll() {
    onSearch("");
    setEnvironment(null);
    setStatus(null);
  }

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
          onChange={({ currentTarget }) => onSearch(currentTarget.value)}
        />
        <Select
          aria-label="Environment"
          placeholder="Any environment"
          clearable
          flex="1 1 8.5rem"
          maw={190}
          data={environmentNames(connector).map((value) => ({ value, label: environmentWords(value, connector).title }))}
          value={environment}
          onChange={setEnvironment}
        />
        <Select
          aria-label="Status"
          placeholder="Any status"
          clearable
          flex="1 1 8.5rem"
          maw={190}
          data={STATUS_LABELS}
          value={status}
          onChange={setStatus}
        />
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {countWords(found.length, credentials.length, { isMore, isSearched: search.trim() !== "" })}
      </Text>
      {found.length > 0 ? (
        <CredentialTable credentials={found} connector={connector} />
      ) : (
        <Empty
          icon={<IconZoomQuestion />}
          title="No credential matches"
          action={
            <Button variant="light" onClick={showAll}>
              Show all credentials
            </Button>
          }
        >
          {isMore
            ? "None of those that are shown. There are more: show them, then search again."
            : "Change the search or the filters."}
        </Empty>
      )}
    </>
  );
}

function countWords(found: number, all: number, { isMore, isSearched }: { isMore: boolean; isSearched: boolean }): string {
  if (isSearched) return `${found} found${isMore ? ", there are more" : ""}`;
  if (found < all) return `${found} of ${all}${isMore ? " that are shown; there are more" : ""}`;
  return `${all}${isMore ? " shown, there are more" : all === 1 ? " credential" : " credentials"}`;
}

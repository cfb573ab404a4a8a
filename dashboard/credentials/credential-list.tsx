import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconKey, IconSearch, IconZoomQuestion } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { createSearch } from "../../text/fold.ts";
import { useConnector } from "../api/connector.ts";
import { allOf, type Credential, credentialsQuery } from "../api/credentials.ts";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { CredentialTable } from "./credential-table.tsx";
import { environmentNames, environmentWords } from "./environment-words.ts";
import { statusWords } from "./status-words.ts";

export function CredentialList({ onAdd }: { onAdd: () => void }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(credentialsQuery);
  if (error && !data) return <Failure error={error} onReload={refetch} />;
  if (!data) return <Loading what="the credentials" lines={6} />;
  const credentials = allOf(data);
  if (credentials.length === 0) return <NoCredentials onAdd={onAdd} />;
  return (
    <Stack gap="md">
      <Found credentials={credentials} isMore={hasNextPage} />
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
      A credential lets this server call a Lever account in your name. Without a Lever account, begin with the playground: it is
      ready.
    </Empty>
  );
}

function Found({ credentials, isMore }: { credentials: readonly Credential[]; isMore: boolean }) {
  const connector = useConnector();
  const [search, setSearch] = useState("");
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
    setSearch("");
    setEnvironment(null);
    setStatus(null);
  }

  return (
    <>
      <Group gap="sm" align="flex-end">
        <TextInput
          type="search"
          aria-label="Search credentials"
          placeholder="Search by nickname or id"
          leftSection={<IconSearch size={16} aria-hidden />}
          flex="1 1 14rem"
          maw={360}
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
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
          data={[...new Set(credentials.map((credential) => statusWords(credential).label))].sort()}
          value={status}
          onChange={setStatus}
        />
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {found.length === credentials.length
          ? `${credentials.length}${isMore ? " shown, there are more" : credentials.length === 1 ? " credential" : " credentials"}`
          : `${found.length} of ${credentials.length}${isMore ? " that are shown; there are more" : ""}`}
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

import { Button, Grid, Select } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, Redirect, useLocation, useSearch } from "wouter";
import { ConnectorScope, connectorsQuery, useConnector } from "../api/connector.ts";
import { addAddress, allOf, credentialsQuery } from "../api/credentials.ts";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { Page } from "../shell/page.tsx";
import { useOperationAddress } from "./operation-address.ts";
import { OperationPicker } from "./operation-picker.tsx";
import { OperationRunner } from "./operation-runner.tsx";

/** Runs any operation of the connector with any saved credential. */
export function OperationsPage({ operation }: { operation: string | undefined }) {
  return (
    <Page title="Operations" lead="Run a call, preview the request, or copy it as curl, command line or SDK.">
      <Content operation={operation} />
    </Page>
  );
}

/** The connector that the address names (`?connector=`), else the built-in one. */
function Content({ operation }: { operation: string | undefined }) {
  const { data: cards } = useSuspenseQuery(connectorsQuery);
  const named = new URLSearchParams(useSearch()).get("connector");
  const id = cards.find((card) => card.id === named)?.id ?? cards[0]?.id;
  const [, navigate] = useLocation();
  return (
    <ConnectorScope value={id}>
      {cards.length > 1 && (
        <Select
          label="Connector"
          maw={320}
          mb="lg"
          allowDeselect={false}
          data={cards.map(({ id: value, name: label }) => ({ value, label }))}
          value={id ?? null}
          onChange={(value) => value !== null && navigate(operationsOf(value))}
        />
      )}
      <Operations key={id} operation={operation} />
    </ConnectorScope>
  );
}

function operationsOf(connector: string): string {
  return `/operations?connector=${encodeURIComponent(connector)}`;
}

function Operations({ operation: id }: { operation: string | undefined }) {
  const connector = useConnector();
  const address = useOperationAddress();
  const query = useInfiniteQuery(credentialsQuery);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  // The picker searches by name: it needs all of them.
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const first = Object.keys(connector.operations)[0];
  if (id === undefined && first !== undefined) return <Redirect to={address(first)} replace />;
  const operation = id === undefined ? undefined : connector.operations[id];
  if (id === undefined || operation === undefined) return <NotFound />;
  if (query.isPending) return <Loading what="the credentials" />;
  if (query.isError) return <Failure error={query.error} onReload={query.refetch} />;
  const credentials = allOf(query.data).filter((credential) => credential.connector === connector.id);
  if (credentials.length === 0) return <NoCredential connector={connector.id} />;
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 3 }}>
        <OperationPicker connector={connector} operation={id} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 9 }}>
        <OperationRunner key={id} id={id} operation={operation} credentials={credentials} />
      </Grid.Col>
    </Grid>
  );
}

function NoCredential({ connector }: { connector: string }) {
  return (
    <Empty
      icon={<IconKey />}
      title="Operations need a credential"
      action={
        <Button component={Link} href={addAddress(connector)}>
          Add a credential
        </Button>
      }
    >
      Connect an account first, or the playground that needs none.
    </Empty>
  );
}

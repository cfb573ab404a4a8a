import { Button, Grid } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, Redirect } from "wouter";
import { useConnector } from "../api/connector.ts";
import { allOf, credentialsQuery } from "../api/credentials.ts";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { Page } from "../shell/page.tsx";
import { OperationPicker } from "./operation-picker.tsx";
import { OperationRunner } from "./operation-runner.tsx";

/** Runs any operation of the connector with any saved credential. */
export function OperationsPage({ operation }: { operation: string | undefined }) {
  return (
    <Page title="Operations" lead="Run a call to Lever, preview the request, or copy it as curl, command line or SDK.">
      <Content operation={operation} />
    </Page>
  );
}

function Content({ operation: id }: { operation: string | undefined }) {
  const connector = useConnector();
  const query = useInfiniteQuery(credentialsQuery);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  // The picker searches by name: it needs all of them.
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const first = Object.keys(connector.operations)[0];
  if (id === undefined && first !== undefined) return <Redirect to={`/operations/${first}`} replace />;
  const operation = id === undefined ? undefined : connector.operations[id];
  if (id === undefined || operation === undefined) return <NotFound />;
  if (query.isPending) return <Loading what="the credentials" />;
  if (query.isError) return <Failure error={query.error} onReload={query.refetch} />;
  const credentials = allOf(query.data);
  if (credentials.length === 0) return <NoCredential />;
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

function NoCredential() {
  return (
    <Empty
      icon={<IconKey />}
      title="Operations need a credential"
      action={
        <Button component={Link} href="/credentials?add">
          Add a credential
        </Button>
      }
    >
      Connect a Lever account first, or the playground that needs none.
    </Empty>
  );
}

import { useQuery } from "@tanstack/react-query";
import { ConnectorScope, connectorQuery } from "../api/connector.ts";
import { hasCode } from "../api/field-errors.ts";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { Page } from "../shell/page.tsx";
import { Listing } from "./listing.tsx";

/** What a connector is for and how to use it: everything on it comes from its manifest. */
export function ListingPage({ connector }: { connector: string }) {
  const { data, error, refetch } = useQuery(connectorQuery(connector));
  if (data)
    return (
      <ConnectorScope value={data.id}>
        <Listing connector={data} />
      </ConnectorScope>
    );
  if (hasCode(error, "not_found")) return <NotFound />;
  return (
    <Page title="Marketplace">
      {error ? <Failure error={error} onReload={refetch} /> : <Loading what="the connector" lines={10} />}
    </Page>
  );
}

import { Button } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { destinationQuery } from "../api/destinations.ts";
import { hasCode } from "../api/field-errors.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { DestinationView } from "./destination-view.tsx";

export function DestinationPage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(destinationQuery(id));
  if (data && !hasCode(error, "not_found")) return <DestinationView destination={data} />;
  return (
    <Page title="Destination" above={<BackLink to="/settings/destinations">Destinations</BackLink>}>
      {hasCode(error, "not_found") ? (
        <Empty
          icon={<IconSend />}
          title="There is no such destination"
          action={
            <Button component={Link} href="/settings/destinations">
              All destinations
            </Button>
          }
        >
          It was deleted, or it belongs to another project than the one you are in.
        </Empty>
      ) : error ? (
        <Failure error={error} onReload={refetch} />
      ) : (
        <Loading what="the destination" lines={6} />
      )}
    </Page>
  );
}

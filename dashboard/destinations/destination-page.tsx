import { useQuery } from "@tanstack/react-query";
import { destinationQuery } from "../api/destinations.ts";
import { hasCode } from "../api/field-errors.ts";
import { BackLink } from "../shell/back-link.tsx";
import { NotShown } from "../shell/not-shown.tsx";
import { Page } from "../shell/page.tsx";
import { DestinationView } from "./destination-view.tsx";

export function DestinationPage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(destinationQuery(id));
  if (data && !hasCode(error, "not_found")) return <DestinationView destination={data} />;
  return (
    <Page title="Destination" above={<BackLink to="/settings/destinations">Destinations</BackLink>}>
      <NotShown what="destination" list="/settings/destinations" error={error} onReload={refetch}>
        It was deleted, or it belongs to another project than the one you are in.
      </NotShown>
    </Page>
  );
}

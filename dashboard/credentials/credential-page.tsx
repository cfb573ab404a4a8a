import { useQuery } from "@tanstack/react-query";
import { credentialQuery } from "../api/credentials.ts";
import { hasCode } from "../api/field-errors.ts";
import { BackLink } from "../shell/back-link.tsx";
import { NotShown } from "../shell/not-shown.tsx";
import { Page } from "../shell/page.tsx";
import { CredentialView } from "./credential-view.tsx";

export function CredentialPage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(credentialQuery(id));
  if (data && !hasCode(error, "not_found")) return <CredentialView credential={data} />;
  return (
    <Page title="Credential" above={<BackLink to="/credentials">Credentials</BackLink>}>
      <NotShown what="credential" list="/credentials" error={error} onReload={refetch}>
        It was deleted, or it belongs to another project than the one you are in.
      </NotShown>
    </Page>
  );
}

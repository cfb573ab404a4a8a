import { useQuery } from "@tanstack/react-query";
import { credentialQuery } from "../api/credentials.ts";
import { hasCode } from "../api/field-errors.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { CredentialMissing } from "./credential-missing.tsx";
import { CredentialView } from "./credential-view.tsx";

export function CredentialPage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(credentialQuery(id));
  if (hasCode(error, "not_found")) return <CredentialMissing />;
  if (data) return <CredentialView credential={data} />;
  return (
    <Page title="Credential" above={<BackLink to="/credentials">Credentials</BackLink>}>
      {error ? <Failure error={error} onReload={refetch} /> : <Loading what="the credential" lines={8} />}
    </Page>
  );
}

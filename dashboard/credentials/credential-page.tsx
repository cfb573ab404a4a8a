import { Page } from "../shell/page.tsx";

export function CredentialPage({ id }: { id: string }) {
  return <Page title="CredentialPage">{id}</Page>;
}

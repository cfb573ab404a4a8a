import { Page } from "../shell/page.tsx";

export function CredentialsPage() {
  return <Page title="CredentialsPage">x</Page>;
}

import { Page } from "../shell/page.tsx";

export function OperationsPage({ operation }: { operation: string | undefined }) {
  return <Page title="OperationsPage">{operation}</Page>;
}

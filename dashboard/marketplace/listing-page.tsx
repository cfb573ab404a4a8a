import { Page } from "../shell/page.tsx";

export function ListingPage({ connector }: { connector: string }) {
  return <Page title="ListingPage">{connector}</Page>;
}

import { Page } from "../shell/page.tsx";

export function MarketplacePage() {
  return <Page title="MarketplacePage">x</Page>;
}

import { Page } from "../shell/page.tsx";

export function SettingsPage({ section }: { section: string | undefined }) {
  return <Page title="SettingsPage">{section}</Page>;
}

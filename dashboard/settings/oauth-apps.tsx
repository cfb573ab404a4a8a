import { Stack } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useConnector } from "../api/connector.ts";
import { oauthAppsQuery } from "../api/oauth-apps.ts";
import { environmentNames } from "../credentials/environment-words.ts";
import { OAuthAppCard } from "./oauth-app-card.tsx";
import { SectionHead } from "./section-head.tsx";

/** Which OAuth app each environment of this installation uses. */
export function OAuthApps() {
  const connector = useConnector();
  const { data: apps } = useSuspenseQuery(oauthAppsQuery);
  const names = environmentNames(connector);
  const sorted = apps.toSorted((a, b) => names.indexOf(a.environment) - names.indexOf(b.environment));
  return (
    <section>
      <SectionHead title="OAuth apps">
        To connect an account by consent, Lever has to know who asks: an OAuth app, registered with Lever once for each of its
        environments. What you set here is for the current project.
      </SectionHead>
      <Stack>
        {sorted.map((app) => (
          <OAuthAppCard key={app.environment} app={app} connector={connector} />
        ))}
      </Stack>
    </section>
  );
}

import { Stack, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { ConnectorScope, useConnector } from "../api/connector.ts";
import { type OAuthApp, oauthAppsQuery } from "../api/oauth-apps.ts";
import { environmentNames } from "../credentials/environment-words.ts";
import { OAuthAppCard } from "./oauth-app-card.tsx";
import { SectionHead } from "./section-head.tsx";

/** Which OAuth app each environment of this installation uses. */
export function OAuthApps() {
  const { data: apps } = useSuspenseQuery(oauthAppsQuery);
  const connectors = [...new Set(apps.map(({ connector }) => connector))];
  return (
    <section>
      <SectionHead title="OAuth apps">
        To connect an account by OAuth, a service needs an OAuth app, registered there once for each of its environments. What you
        set here is for the current project.
      </SectionHead>
      <Stack>
        {connectors.map((id) => (
          <ConnectorScope key={id} value={id}>
            <AppsOf apps={apps.filter(({ connector }) => connector === id)} isNamed={connectors.length > 1} />
          </ConnectorScope>
        ))}
      </Stack>
    </section>
  );
}

function AppsOf({ apps, isNamed }: { apps: readonly OAuthApp[]; isNamed: boolean }) {
  const connector = useConnector();
  const names = environmentNames(connector);
  const sorted = apps.toSorted((a, b) => names.indexOf(a.environment) - names.indexOf(b.environment));
  return (
    <>
      {isNamed && <Title order={3}>{connector.name}</Title>}
      {sorted.map((app) => (
        <OAuthAppCard key={app.environment} app={app} connector={connector} />
      ))}
    </>
  );
}

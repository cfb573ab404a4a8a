import { Alert, Anchor, Code, Stack, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Connector } from "../api/connector.ts";
import { oauthAppsQuery } from "../api/oauth-apps.ts";
import { useService } from "../api/service.ts";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import classes from "./consent-preview.module.css";
import { ScopeList } from "./scope-list.tsx";

/** Where a consent leads and what it asks for, before leaving this page. */
export function ConsentPreview({ connector, environment }: { connector: Connector; environment: string }) {
  const { asApprover } = useService();
  const { data: apps, error, refetch } = useQuery(oauthAppsQuery);
  if (error) return <Failure error={error} onReload={refetch} />;
  if (apps === undefined) return <Loading what="the permissions" lines={7} />;
  const app = apps.find((one) => one.connector === connector.id && one.environment === environment);
  const title = connector.environments[environment]?.title ?? environment;
  if (app === undefined || app.clientId === null) return <AppMissing title={title} />;
  const host = new URL(connector.environments[environment]?.authorize ?? window.location.href).host;
  return (
    <Stack gap="xs">
      <Text size="sm">
        This window goes to <Code>{host}</Code>. Sign in there{asApprover} and approve; you come back here, and the credential is
        tested.
      </Text>
      <Text size="sm" fw={600}>
        Permissions requested
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.scopes} aria-label="Permissions requested" tabIndex={0}>
        <ScopeList scopes={app.scopes} connector={connector} label="Scopes requested" />
      </section>
      <Text size="xs" c="dimmed">
        An administrator chooses the scopes under{" "}
        <Anchor component={Link} href="/settings/oauth-apps" underline="always" size="xs">
          Settings, OAuth apps
        </Anchor>
        .
      </Text>
    </Stack>
  );
}

function AppMissing({ title }: { title: string }) {
  const { name } = useService();
  return (
    <Alert color="amber" icon={<IconPlugConnectedX aria-hidden />} title={`No OAuth app is set up for ${title}`}>
      <Text size="sm">
        {name} asks people to approve an app, and this server needs one registered with {name} to be that app.{" "}
        <Anchor component={Link} href="/settings/oauth-apps" underline="always" size="sm">
          Set up the OAuth app
        </Anchor>{" "}
        first, or use an API key.
      </Text>
    </Alert>
  );
}

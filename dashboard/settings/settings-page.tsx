import { type ReactNode, Suspense } from "react";
import { Boundary } from "../shell/boundary.tsx";
import { lazyPart } from "../shell/lazy-part.ts";
import { Loading } from "../shell/loading.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { Page } from "../shell/page.tsx";
import { SECTIONS, type SectionId } from "./sections.ts";
import { SettingsMenu } from "./settings-menu.tsx";
import classes from "./settings-page.module.css";
import { useFocusKept } from "./use-focus-kept.ts";

const OAuthApps = lazyPart(async () => (await import("./oauth-apps.tsx")).OAuthApps);
const ApiKeys = lazyPart(async () => (await import("./api-keys.tsx")).ApiKeys);
const Destinations = lazyPart(async () => (await import("../destinations/destinations.tsx")).Destinations);
const Data = lazyPart(async () => (await import("./data.tsx")).Data);
const Projects = lazyPart(async () => (await import("./projects.tsx")).Projects);
const SealingKeys = lazyPart(async () => (await import("./sealing-keys.tsx")).SealingKeys);

const PARTS: Record<SectionId, ReactNode> = {
  "oauth-apps": <OAuthApps />,
  "api-keys": <ApiKeys />,
  destinations: <Destinations />,
  data: <Data />,
  projects: <Projects />,
  keys: <SealingKeys />,
};

export function SettingsPage({ section = "oauth-apps" }: { section: string | undefined }) {
  const current = SECTIONS.find(({ id }) => id === section);
  const part = useFocusKept<HTMLDivElement>(current?.id);
  if (current === undefined) return <NotFound />;
  return (
    <Page title="Settings" part={current.title}>
      <div className={classes.frame}>
        <SettingsMenu current={current.id} />
        <div key={current.id} className={classes.part} ref={part}>
          <Boundary>
            <Suspense fallback={<Loading what={current.title} />}>{PARTS[current.id]}</Suspense>
          </Boundary>
        </div>
      </div>
    </Page>
  );
}

import { Suspense, useState } from "react";
import { Redirect, Route, Switch } from "wouter";
import { useSession } from "./api/session.ts";
import { Boundary } from "./shell/boundary.tsx";
import { Failure } from "./shell/failure.tsx";
import { lazyPart } from "./shell/lazy-part.ts";
import { Loading } from "./shell/loading.tsx";
import { NotFound } from "./shell/not-found.tsx";
import { takeReturnAddress } from "./shell/return-address.ts";
import { Shell } from "./shell/shell.tsx";
import { SignIn } from "./shell/sign-in.tsx";

const MarketplacePage = lazyPart(async () => (await import("./marketplace/marketplace-page.tsx")).MarketplacePage);
const ListingPage = lazyPart(async () => (await import("./marketplace/listing-page.tsx")).ListingPage);
const CredentialsPage = lazyPart(async () => (await import("./credentials/credentials-page.tsx")).CredentialsPage);
const CredentialPage = lazyPart(async () => (await import("./credentials/credential-page.tsx")).CredentialPage);
const OperationsPage = lazyPart(async () => (await import("./operations/operations-page.tsx")).OperationsPage);
const ActivityPage = lazyPart(async () => (await import("./activity/activity-page.tsx")).ActivityPage);
const WorkflowsPage = lazyPart(async () => (await import("./workflows/list-pages.ts")).WorkflowsPage);
const WorkflowPage = lazyPart(async () => (await import("./workflows/workflow-page.tsx")).WorkflowPage);
const StartPage = lazyPart(async () => (await import("./workflows/list-pages.ts")).StartPage);
const RecipePage = lazyPart(async () => (await import("./workflows/list-pages.ts")).RecipePage);
const RunsPage = lazyPart(async () => (await import("./runs/runs-page.tsx")).RunsPage);
const RunPage = lazyPart(async () => (await import("./runs/run-page.tsx")).RunPage);
const DestinationPage = lazyPart(async () => (await import("./destinations/destination-page.tsx")).DestinationPage);
const SettingsPage = lazyPart(async () => (await import("./settings/settings-page.tsx")).SettingsPage);

/** Which page an address shows. People who are not signed in see the sign-in page only. */
export function Pages() {
  const session = useSession();
  if (session.isPending) return <Loading what="the dashboard" />;
  if (!session.data) return <Failure error={session.error} onReload={() => session.refetch()} />;
  if (!session.data.signedIn) return <SignIn {...session.data} />;
  return (
    <Shell>
      <Boundary key={session.data.project.id}>
        <Suspense fallback={<Loading what="the page" />}>
          <Switch>
            <Route path="/">
              <Start />
            </Route>
            <Route path="/marketplace">
              <MarketplacePage />
            </Route>
            <Route path="/marketplace/:connector">{({ connector }) => <ListingPage connector={connector} />}</Route>
            <Route path="/credentials">
              <CredentialsPage />
            </Route>
            <Route path="/credentials/:id">{({ id }) => <CredentialPage id={id} key={id} />}</Route>
            <Route path="/operations/:operation?">{({ operation }) => <OperationsPage operation={operation} />}</Route>
            <Route path="/workflows">
              <WorkflowsPage />
            </Route>
            <Route path="/workflows/start">
              <StartPage />
            </Route>
            <Route path="/workflows/start/:connector/:recipe">
              {({ connector, recipe }) => <RecipePage connector={connector} recipe={recipe} key={recipe} />}
            </Route>
            <Route path="/workflows/:id">{({ id }) => <WorkflowPage id={id} key={id} />}</Route>
            <Route path="/runs">
              <RunsPage />
            </Route>
            <Route path="/runs/:id">{({ id }) => <RunPage id={id} key={id} />}</Route>
            <Route path="/activity">
              <ActivityPage />
            </Route>
            <Route path="/settings/destinations/:id">{({ id }) => <DestinationPage id={id} key={id} />}</Route>
            <Route path="/settings/:section?">{({ section }) => <SettingsPage section={section} />}</Route>
            <Route>
              <NotFound />
            </Route>
          </Switch>
        </Suspense>
      </Boundary>
    </Shell>
  );
}

/** The start has no page of its own: it leads to where the session ended before, or to the first place. */
function Start() {
  const [to] = useState(() => takeReturnAddress() ?? "/marketplace");
  return <Redirect to={to} replace />;
}

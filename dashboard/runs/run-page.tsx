import { useQuery } from "@tanstack/react-query";
import { runQuery } from "../api/runs.ts";
import { BackLink } from "../shell/back-link.tsx";
import { NotShown } from "../shell/not-shown.tsx";
import { Page } from "../shell/page.tsx";
import { RunView } from "./run-view.tsx";

export function RunPage({ id }: { id: string }) {
  const { data: run, error, refetch } = useQuery(runQuery(id));
  if (run) return <RunView run={run} />;
  return (
    <Page title="Run" above={<BackLink to="/runs">Runs</BackLink>}>
      <NotShown what="run" list="/runs" error={error} onReload={refetch}>
        It is older than runs are kept, or it belongs to another project than the one you are in.
      </NotShown>
    </Page>
  );
}

import { Button } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { hasCode } from "../api/field-errors.ts";
import { runQuery } from "../api/runs.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { RunView } from "./run-view.tsx";

export function RunPage({ id }: { id: string }) {
  const { data: run, error, refetch } = useQuery(runQuery(id));
  if (run) return <RunView run={run} />;
  return (
    <Page title="Run" above={<BackLink to="/runs">Runs</BackLink>}>
      {hasCode(error, "not_found") ? (
        <Empty
          icon={<IconZoomQuestion />}
          title="There is no such run"
          action={
            <Button component={Link} href="/runs" variant="light">
              All runs
            </Button>
          }
        >
          It may be older than runs are kept, or belong to another project.
        </Empty>
      ) : error ? (
        <Failure error={error} onReload={refetch} />
      ) : (
        <Loading what="the run" lines={6} />
      )}
    </Page>
  );
}

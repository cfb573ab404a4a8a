import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "wouter";
import type { RunFilter } from "../api/runs.ts";
import { Page } from "../shell/page.tsx";
import { RunList } from "./run-list.tsx";

/** What workflows did. The filters are in the address, so that other pages lead to a choice. */
export function RunsPage() {
  const [search, setSearch] = useSearchParams();
  const queries = useQueryClient();
  const isReading = useIsFetching({ queryKey: ["runs", "list"] }) > 0;
  const filter: RunFilter = { workflow: search.get("workflow") ?? "", status: search.get("status") ?? "" };

  function change(changed: Partial<RunFilter>) {
    const given = Object.entries({ ...filter, ...changed }).filter(([, value]) => value !== "");
    setSearch(new URLSearchParams(given), { replace: true });
  }

  return (
    <Page
      title="Runs"
      lead="Every run of a workflow: its status, what it did, and what it waits for."
      actions={
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={isReading}
          onClick={() => queries.invalidateQueries({ queryKey: ["runs", "list"] })}
        >
          Reload
        </Button>
      }
    >
      <RunList filter={filter} onChange={change} />
    </Page>
  );
}

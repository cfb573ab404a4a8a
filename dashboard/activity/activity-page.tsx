import { Button, Menu } from "@mantine/core";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "wouter";
import { exportAddress, type WriteFilter } from "../api/writes.ts";
import { Page } from "../shell/page.tsx";
import { WriteList } from "./write-list.tsx";

const FIELDS = ["credential", "operation", "outcome", "from", "request"] as const;

/** What was written. The filters are in the address, so that other pages lead to a choice. */
export function ActivityPage() {
  const [search, setSearch] = useSearchParams();
  const queries = useQueryClient();
  const isReading = useIsFetching({ queryKey: ["writes"] }) > 0;
  const filter = Object.fromEntries(FIELDS.map((field) => [field, search.get(field) ?? ""])) as unknown as WriteFilter;

  function change(changed: Partial<WriteFilter>) {
    const given = Object.entries({ ...filter, ...changed }).filter(([, value]) => value !== "");
    setSearch(new URLSearchParams(given), { replace: true });
  }

  return (
    <Page
      title="Activity"
      lead="Every write that went through this server in the last thirty days: when, by whom, for whom, what changed and how it ended."
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={isReading}
            onClick={() => queries.invalidateQueries({ queryKey: ["writes"] })}
          >
            Reload
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
                Export
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item component="a" href={exportAddress(filter, "csv")} download="writes.csv">
                CSV, for spreadsheets
              </Menu.Item>
              <Menu.Item component="a" href={exportAddress(filter, "ndjson")} download="writes.ndjson">
                NDJSON, for programs
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      <WriteList filter={filter} onChange={change} />
    </Page>
  );
}

import { Badge, Button, Group, Paper, Select, Stack, Table, Text } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { type RunFilter, type RunSummary, runsQuery } from "../api/runs.ts";
import { workflowsQuery } from "../api/workflows.ts";
import classes from "../credentials/credential-table.module.css";
import { Ago } from "../shell/ago.tsx";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { NoMatch } from "../shell/no-match.tsx";
import { RUN_STATUSES, toDuration, toWaitingWords } from "./status-words.ts";

interface RunListProps {
  readonly filter: RunFilter;
  readonly onChange: (changed: Partial<RunFilter>) => void;
}

export function RunList({ filter, onChange }: RunListProps) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...runsQuery(filter),
    placeholderData: keepPreviousData,
  });
  const workflows = useInfiniteQuery(workflowsQuery).data?.pages.flatMap((page) => page.data) ?? [];
  const runs = data?.pages.flatMap((page) => page.data);
  const isFiltered = filter.workflow !== "" || filter.status !== "";
  return (
    <Stack gap="md">
      <Filters filter={filter} onChange={onChange} workflows={workflows} />
      {error && <Failure error={error} onReload={refetch} />}
      {!runs && !error && <Loading what="the runs" lines={6} />}
      {runs && runs.length > 0 && (
        <RunTable runs={runs} titleOf={(run) => workflows.find(({ id }) => id === run.workflow)?.title ?? run.name} />
      )}
      {runs?.length === 0 && <Nothing isFiltered={isFiltered} onShowAll={() => onChange({ workflow: "", status: "" })} />}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()} mx="auto">
          Show more runs
        </Button>
      )}
    </Stack>
  );
}

interface FiltersProps extends RunListProps {
  readonly workflows: readonly { readonly id: string; readonly title: string }[];
}

function Filters({ filter, onChange, workflows }: FiltersProps) {
  const isKnown = filter.workflow === "" || workflows.some(({ id }) => id === filter.workflow);
  const named = workflows.map(({ id, title }) => ({ value: id, label: title }));
  return (
    <Group gap="sm">
      <Select
        aria-label="Workflow"
        placeholder="Any workflow"
        clearable
        searchable
        flex="1 1 12rem"
        maw={320}
        data={isKnown ? named : [...named, { value: filter.workflow, label: filter.workflow }]}
        value={filter.workflow || null}
        onChange={(value) => onChange({ workflow: value ?? "" })}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        clearable
        flex="1 1 9rem"
        maw={220}
        data={Object.entries(RUN_STATUSES).map(([value, { label }]) => ({ value, label }))}
        value={filter.status || null}
        onChange={(value) => onChange({ status: value ?? "" })}
      />
    </Group>
  );
}

function RunTable({ runs, titleOf }: { runs: readonly RunSummary[]; titleOf: (run: RunSummary) => string }) {
  return (
    <Paper p={0} className={classes.frame}>
      <Table className={classes.table} aria-label="Runs" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Workflow</Table.Th>
            <Table.Th w="34%">Status</Table.Th>
            <Table.Th w="18%">Started</Table.Th>
            <Table.Th w="12%">Took</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id} className={classes.row}>
              <Table.Td>
                <Link href={`/runs/${encodeURIComponent(run.id)}`} className={classes.link}>
                  {titleOf(run)}
                </Link>
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  Version {run.version}
                  {run.owner !== null && `, for ${run.owner}`}
                  {run.isCatchUp && ", catch-up"}
                </Text>
              </Table.Td>
              <Table.Td>
                <Badge color={RUN_STATUSES[run.status].color}>{RUN_STATUSES[run.status].label}</Badge>
                {run.waitingFor !== null && (
                  <Text size="xs" c="dimmed" mt={2}>
                    {toWaitingWords(run.waitingFor)}
                  </Text>
                )}
                {run.error !== null && (
                  <Text size="xs" c="dimmed" mt={2} lineClamp={2} style={{ overflowWrap: "anywhere" }}>
                    {run.error.message}
                  </Text>
                )}
              </Table.Td>
              <Table.Td data-label="Started">
                <Text size="sm" component="span">
                  <Ago at={run.startedAt} />
                </Text>
              </Table.Td>
              <Table.Td data-label="Took">
                <Text size="sm" component="span">
                  {toDuration(run.startedAt, run.endedAt) || "–"}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Nothing({ isFiltered, onShowAll }: { isFiltered: boolean; onShowAll: () => void }) {
  if (!isFiltered)
    return (
      <Empty icon={<IconListDetails />} title="No runs yet">
        A run appears here each time that a workflow is started: by a call of the API, by its schedule or by Run now.
      </Empty>
    );
  return <NoMatch one="run" many="runs" onShowAll={onShowAll} />;
}

import { Anchor, Badge, Button, Group, Paper, Stack, Table, Text } from "@mantine/core";
import { IconRoute } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { type WorkflowSummary, workflowsQuery } from "../api/workflows.ts";
import classes from "../credentials/credential-table.module.css";
import { Ago } from "../shell/ago.tsx";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { STATUSES } from "./status-words.ts";

const STARTED_BY: Readonly<Record<WorkflowSummary["trigger"], string>> = {
  api: "API",
  schedule: "Schedule",
  webhook: "Delivery",
};

export function WorkflowList() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(workflowsQuery);
  const workflows = data?.pages.flatMap((page) => page.data);
  if (error) return <Failure error={error} onReload={refetch} />;
  if (!workflows) return <Loading what="the workflows" lines={6} />;
  if (workflows.length === 0)
    return (
      <Empty
        icon={<IconRoute />}
        title="No workflows yet"
        action={
          <Button component={Link} href="/workflows/start" variant="light">
            Create the first workflow
          </Button>
        }
      >
        A workflow reads and changes records automatically: started by a call of the API or by a schedule, checked before it is
        published.
      </Empty>
    );
  return (
    <Stack gap="md">
      <Paper p={0} className={classes.frame}>
        <Table className={classes.table} aria-label="Workflows" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Workflow</Table.Th>
              <Table.Th w="22%">Status</Table.Th>
              <Table.Th w="16%">Started by</Table.Th>
              <Table.Th w="18%">Changed</Table.Th>
              <Table.Th w="10%">Runs</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {workflows.map((workflow) => (
              <Row key={workflow.id} workflow={workflow} />
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
      {hasNextPage && (
        <Button variant="default" mx="auto" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          Show more workflows
        </Button>
      )}
    </Stack>
  );
}

function Row({
  workflow: { id, name, title, status, trigger, published, hasChanges, updatedAt },
}: {
  workflow: WorkflowSummary;
}) {
  const { label, color } = STATUSES[status];
  return (
    <Table.Tr className={classes.row}>
      <Table.Td>
        <Link href={`/workflows/${encodeURIComponent(id)}`} className={classes.link}>
          {title}
        </Link>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {name}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          <Badge color={color}>{label}</Badge>
          {published !== null && (
            <Text size="xs" c="dimmed">
              Version {published}
              {hasChanges ? ", draft differs" : ""}
            </Text>
          )}
        </Group>
      </Table.Td>
      <Table.Td data-label="Started by">
        <Text size="sm" component="span">
          {STARTED_BY[trigger]}
        </Text>
      </Table.Td>
      <Table.Td data-label="Changed">
        <Text size="sm" component="span">
          <Ago at={updatedAt} />
        </Text>
      </Table.Td>
      <Table.Td>
        <Anchor
          component={Link}
          href={`/runs?workflow=${encodeURIComponent(id)}`}
          size="sm"
          style={{ position: "relative", zIndex: 1 }}
          aria-label={`Runs of ${title}`}
        >
          Runs
        </Anchor>
      </Table.Td>
    </Table.Tr>
  );
}

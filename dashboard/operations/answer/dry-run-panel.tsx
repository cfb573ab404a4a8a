import { Badge, Code, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import type { DryRun } from "../../api/operations.ts";
import { JsonView } from "./json-view.tsx";

/** The request that would be sent. */
export function DryRunPanel({ request }: { request: DryRun }) {
  const { method, url, headers, body, credential } = request;
  return (
    <Stack gap="sm" component="section" aria-label="Dry run">
      <Group gap="sm">
        <Title order={2}>Nothing was sent</Title>
        <Text size="sm" c="dimmed">
          This is the request as it would be sent, signed with “{credential.nickname}” ({credential.environment}).
        </Text>
      </Group>
      <Paper>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <Badge size="lg" ff="monospace">
            {method}
          </Badge>
          <Code>{url}</Code>
        </Group>
        <Table mt="sm" withRowBorders={false} verticalSpacing={4} aria-label="Headers">
          <Table.Tbody>
            {Object.entries(headers).map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" w={160}>
                  {name}
                </Table.Th>
                <Table.Td>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
      {body !== undefined && <JsonView value={body} label="Body of the request" />}
    </Stack>
  );
}

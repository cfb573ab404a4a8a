import { Code, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { revealsQuery } from "../api/runs.ts";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";

/** Who was shown the run's data as it is, when and why; nothing where nobody was. */
export function Reveals({ run }: { run: string }) {
  const { data, error, refetch } = useQuery(revealsQuery(run));
  if (error) return <Failure error={error} onReload={refetch} />;
  if (data === undefined || data.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-label="Who saw the data">
      <Title order={2}>Who saw the data</Title>
      <List size="sm" spacing={4} style={{ overflowWrap: "anywhere" }}>
        {data.map(({ by, at, reason }) => (
          <List.Item key={`${at} ${by}`}>
            <Code>{by}</Code> <Ago at={at} />:{" "}
            <Text span size="sm" style={{ whiteSpace: "pre-wrap" }}>
              {reason}
            </Text>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

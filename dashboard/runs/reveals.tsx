import { List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { revealsQuery } from "../api/runs.ts";
import { Actor } from "../shell/actor.tsx";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";

/** Who was shown the run's data as it is, when and why; nothing where it was shown to no one. */
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
            By <Actor of={by} />, <Ago at={at} />:{" "}
            <Text span size="sm" style={{ whiteSpace: "pre-wrap" }}>
              {reason}
            </Text>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

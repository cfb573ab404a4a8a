import { Box, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { usageQuery } from "../api/credentials.ts";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";
import { WorkflowUses } from "../shell/workflow-uses.tsx";

/** Which workflows use a credential, and when it was used last by anything. */
export function WhereUsed({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({ ...usageQuery(id), staleTime: 0 });
  if (error) return <Failure error={error} onReload={refetch} />;
  return (
    <Box mih={48}>
      {data === undefined ? (
        <Text size="sm" c="dimmed">
          Looking where it is used …
        </Text>
      ) : (
        <>
          <WorkflowUses workflows={data.workflows} />
          <Text size="sm" mt={4}>
            {data.lastUsedAt === null ? (
              "It has never been used."
            ) : (
              <>
                Last used <Ago at={data.lastUsedAt} />, by a call or a workflow.
              </>
            )}
          </Text>
        </>
      )}
    </Box>
  );
}

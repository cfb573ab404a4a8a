import { Alert, Box, List, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { usageQuery } from "../api/credentials.ts";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";

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
          {data.workflows.length > 0 ? (
            <Alert
              role="note"
              color="amber"
              title={data.workflows.length === 1 ? "1 workflow uses it" : `${data.workflows.length} workflows use it`}
            >
              <List size="sm">
                {data.workflows.map((workflow) => (
                  <List.Item key={workflow.id}>{workflow.name}</List.Item>
                ))}
              </List>
            </Alert>
          ) : (
            <Text size="sm">No workflow uses it.</Text>
          )}
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

import { Alert, Anchor, List, Text } from "@mantine/core";
import { Link } from "wouter";
import type { Usage } from "../../schemas/types/index.ts";

/** Which workflows use what is about to be deleted. */
export function WorkflowUses({ workflows }: Pick<Usage, "workflows">) {
  if (workflows.length === 0) return <Text size="sm">No workflow uses it.</Text>;
  return (
    <Alert
      role="note"
      color="amber"
      title={workflows.length === 1 ? "1 workflow uses it" : `${workflows.length} workflows use it`}
    >
      <List size="sm" style={{ overflowWrap: "anywhere" }}>
        {workflows.map(({ id, title }) => (
          <List.Item key={id}>
            <Anchor component={Link} href={`/workflows/${encodeURIComponent(id)}`} fz="sm" underline="always" c="inherit">
              {title}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

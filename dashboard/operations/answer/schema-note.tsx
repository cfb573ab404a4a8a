import { Text } from "@mantine/core";
import type { Meta } from "../../../sdk/index.ts";
import { useService } from "../../api/service.ts";

/** One line about an answer that is not as its schema says: it is shown as it came. */
export function SchemaNote({ warnings }: { warnings: Meta["schemaWarnings"] }) {
  const { name } = useService();
  if (warnings === undefined) return null;
  const { count, issues } = warnings;
  const first = issues[0] && `, first ${issues[0].pointer} ${issues[0].message}`;
  return (
    <Text size="sm" c="dimmed">
      {count === 1 ? "1 value is" : `${count.toLocaleString()} values are`} not as {name}'s schema says{first}; shown as sent.
    </Text>
  );
}

import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Schema } from "../../api/connector.ts";
import type { RecordAction } from "../record-actions.ts";
import { FieldList } from "./field-list.tsx";
import { RecordUses } from "./record-uses.tsx";
import { useNames } from "./use-names.ts";

export interface RecordCardProps {
  readonly data: Record<string, unknown>;
  readonly record: Schema | undefined;
  readonly credential: string;
  readonly actions: readonly RecordAction[];
}

/** One record of whatever kind: what it is called, then every field that holds something. */
export function RecordCard({ data, record, credential, actions }: RecordCardProps) {
  const nameOf = useNames(credential, record);
  const title = [data.name, data.text].find((text) => typeof text === "string" && text !== "");
  return (
    <Paper>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <div>
            <Text size="xs" c="dimmed">
              {record?.title}
            </Text>
            <Title order={3} size="h2">
              {String(title ?? data.id ?? "Record")}
            </Title>
          </div>
          {typeof data.id === "string" && <RecordUses id={data.id} actions={actions} />}
        </Group>
        <FieldList data={data} without={["name", "text"]} record={record} nameOf={nameOf} />
      </Stack>
    </Paper>
  );
}

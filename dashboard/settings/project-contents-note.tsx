import { Alert, List, Text } from "@mantine/core";
import type { ProjectContents } from "../api/projects.ts";
import { Failure } from "../shell/failure.tsx";

export interface ProjectContentsNoteProps {
  /** Absent while it is being read. */
  readonly contents: ProjectContents | undefined;
  readonly error: unknown;
  readonly onReload: () => unknown;
}

/** What goes when a project goes. */
export function ProjectContentsNote({ contents, error, onReload }: ProjectContentsNoteProps) {
  if (error) return <Failure error={error} onReload={onReload} />;
  if (contents === undefined)
    return (
      <Text size="sm" c="dimmed">
        Reading what is in it …
      </Text>
    );
  const lines = toLines(contents);
  if (lines.length === 0) return <Text size="sm">There is nothing in it.</Text>;
  return (
    <Alert role="note" color="amber" title="The project contains">
      <List size="sm">
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function toLines({
  credentials,
  workflows,
  runs,
  destinations,
  endpoints,
  oauthApps,
  apiKeys,
  writes,
}: ProjectContents): string[] {
  const counted = [
    [credentials, "credential"],
    [workflows, "workflow"],
    [runs, "run"],
    [destinations, "destination"],
    [endpoints, "endpoint"],
    [oauthApps, "OAuth app"],
    [apiKeys, "API key"],
    [writes, "recorded write"],
  ] as const;
  return counted
    .filter(([count]) => count > 0)
    .map(([count, one]) => `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`);
}

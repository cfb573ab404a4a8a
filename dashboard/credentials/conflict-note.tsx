import { Alert, Text } from "@mantine/core";
import { IconGitMerge } from "@tabler/icons-react";

/** Somebody else changed the credential while it was being changed here. */
export function ConflictNote({ children }: { children: React.ReactNode }) {
  return (
    <Alert color="amber" icon={<IconGitMerge aria-hidden />} title="Changed by someone else meanwhile" role="alert">
      <Text size="sm">{children}</Text>
    </Alert>
  );
}

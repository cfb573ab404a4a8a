import { Anchor, Button, Text } from "@mantine/core";
import { IconStethoscope } from "@tabler/icons-react";
import type { Credential, useTestCredential } from "../api/credentials.ts";
import { Ago } from "../shell/ago.tsx";
import { Panel } from "./panel.tsx";
import { TestRun } from "./test-run.tsx";

export function TestPanel({ credential, test }: { credential: Credential; test: ReturnType<typeof useTestCredential> }) {
  const { id, status } = credential;
  const hasRun = !test.isIdle;
  return (
    <Panel
      id="test"
      title="Test"
      actions={
        <Button
          variant={status === "healthy" || hasRun ? "light" : "filled"}
          leftSection={<IconStethoscope size={18} aria-hidden />}
          loading={test.isPending}
          disabled={status === "pending"}
          onClick={() => test.mutate(id)}
        >
          {hasRun ? "Test again" : "Run the test"}
        </Button>
      }
    >
      {hasRun ? <TestRun test={test} /> : <LastVerdict credential={credential} />}
    </Panel>
  );
}

function LastVerdict({ credential: { status, lastTest } }: { credential: Credential }) {
  if (status === "pending") return <Text size="sm">It can be tested when its consent is finished.</Text>;
  if (lastTest === null)
    return <Text size="sm">Never tested since it was connected. A test asks Lever a few questions and writes nothing.</Text>;
  const { at, ok, message, code } = lastTest;
  return (
    <>
      <Text size="sm">
        <strong>{ok ? "Passed" : "Failed"}</strong> <Ago at={at} />: {message}.
      </Text>
      {!ok && (
        <Anchor href={`/docs/errors#${encodeURIComponent(code)}`} target="_blank" rel="noopener" size="sm">
          What {code} means
        </Anchor>
      )}
      <Text size="sm" c="dimmed" mt={4}>
        A test asks Lever a few questions, writes nothing, and shows line by line what it found.
      </Text>
    </>
  );
}

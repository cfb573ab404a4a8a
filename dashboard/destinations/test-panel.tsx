import { Alert, Button, Code, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconSend } from "@tabler/icons-react";
import { type Destination, type DestinationAttempt, useTestDestination } from "../api/destinations.ts";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";
import { Panel } from "../shell/panel.tsx";

/** Sends a signed message now, once, and shows what the receiver answered. */
export function TestPanel({ destination: { id, lastTest } }: { destination: Destination }) {
  const test = useTestDestination();
  return (
    <Panel
      id="test"
      title="Test"
      actions={
        <Button
          variant={lastTest?.code === "ok" ? "light" : "filled"}
          leftSection={<IconSend size={16} aria-hidden />}
          loading={test.isPending}
          onClick={() => test.mutate(id)}
        >
          Send a test message
        </Button>
      }
    >
      {test.error ? (
        <Failure error={test.error} />
      ) : test.data ? (
        <>
          <Verdict attempt={test.data} />
          <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>
            webhook-id <Code>{test.data.messageId}</Code>
          </Text>
        </>
      ) : lastTest ? (
        <Verdict attempt={lastTest} />
      ) : (
        <Text size="sm">Never tested. A test message is signed like every other, sent once, and not repeated.</Text>
      )}
    </Panel>
  );
}

function Verdict({ attempt: { code, message, durationMs, at } }: { attempt: DestinationAttempt }) {
  const isAccepted = code === "ok";
  const Icon = isAccepted ? IconCircleCheck : IconCircleX;
  return (
    <Alert
      color={isAccepted ? "sea" : "brick"}
      icon={<Icon aria-hidden />}
      title={isAccepted ? "Accepted" : "Not accepted"}
      role="status"
    >
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {message}, after {durationMs} ms. Sent <Ago at={at} />.
      </Text>
    </Alert>
  );
}

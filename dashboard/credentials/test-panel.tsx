import { Button, Text } from "@mantine/core";
import { IconStethoscope } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type Credential, lastReportQuery, type useTestCredential } from "../api/credentials.ts";
import { hasCode } from "../api/field-errors.ts";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";
import { Panel } from "../shell/panel.tsx";
import { TestReport } from "./test-report.tsx";
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

function LastVerdict({ credential: { id, status, lastTest } }: { credential: Credential }) {
  if (status === "pending") return <Text size="sm">It can be tested once it is authorized.</Text>;
  if (lastTest === null) return <Text size="sm">Never tested since it was connected. A test only reads and writes nothing.</Text>;
  const { at, ok, message } = lastTest;
  return (
    <>
      <Text size="sm" mb="xs">
        <strong>{ok ? "Passed" : "Failed"}</strong> <Ago at={at} />: {message}.
      </Text>
      <LastReport id={id} />
    </>
  );
}

/** What the last test found. One from before reports were kept has none. */
function LastReport({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(lastReportQuery(id));
  if (error && !hasCode(error, "not_found")) return <Failure error={error} onReload={() => refetch()} />;
  return data ? <TestReport report={data} /> : null;
}

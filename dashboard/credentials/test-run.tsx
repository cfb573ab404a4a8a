import { Box, Button, Loader, Text, VisuallyHidden } from "@mantine/core";
import type { useTestCredential } from "../api/credentials.ts";
import { Failure } from "../shell/failure.tsx";
import { TestReport } from "./test-report.tsx";

/** A test that runs, has failed to run, or has found something; whichever it is, screen readers are told. */
export function TestRun({ test }: { test: ReturnType<typeof useTestCredential> }) {
  return (
    <Box mih={96}>
      <VisuallyHidden role="status">{toAnnouncement(test)}</VisuallyHidden>
      {test.isPending && (
        <Text size="sm" c="dimmed">
          <Loader size={14} mr={8} aria-hidden />
          Testing: the service is asked a few questions, nothing is written …
        </Text>
      )}
      {test.error && (
        <Failure error={test.error}>
          <Button size="xs" variant="default" w="fit-content" onClick={() => test.mutate(test.variables)}>
            Run the test again
          </Button>
        </Failure>
      )}
      {test.data && !test.isPending && <TestReport report={test.data} />}
    </Box>
  );
}

function toAnnouncement({ isPending, data, error }: ReturnType<typeof useTestCredential>): string {
  if (isPending) return "Testing the credential …";
  if (error) return "The test could not be run.";
  return data ? `Tested. ${data.usable ? "Usable" : "Not usable"}. ${data.message}.` : "";
}

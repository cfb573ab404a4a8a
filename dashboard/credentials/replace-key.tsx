import { Stack, Text } from "@mantine/core";
import { type Credential, useTestCredential } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { KeyForm } from "./key-form.tsx";
import { TestRun } from "./test-run.tsx";

/** The new key is saved in the place of the old one, then tested at once. */
export function ReplaceKey({ credential }: { credential: Credential }) {
  const { name } = useService();
  const test = useTestCredential();
  return (
    <Stack gap="sm" align="stretch">
      <Text size="sm">
        Put a new key in the place of the old one. Name, settings and uses stay. Remove the old key in {name} when the test has
        passed.
      </Text>
      <KeyForm credential={credential} id="new-key" label="New API key" verb="Save the new key and test it" test={test}>
        {!test.isIdle && <TestRun test={test} />}
      </KeyForm>
    </Stack>
  );
}

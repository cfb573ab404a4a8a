import { Anchor, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Credential, useTestCredential } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { KeyForm } from "./key-form.tsx";

export interface ReplaceKeyProps {
  readonly credential: Credential;
  /** The page's own: what it finds stands under "Test". */
  readonly test: ReturnType<typeof useTestCredential>;
}

/** The new key is saved in the place of the old one, then tested at once. */
export function ReplaceKey({ credential, test }: ReplaceKeyProps) {
  const { name } = useService();
  const [isReplaced, setIsReplaced] = useState(false);
  return (
    <Stack gap="sm" align="stretch">
      <Text size="sm">
        Put a new key in the place of the old one. Name, settings and uses stay. Remove the old key in {name} when the test has
        passed.
      </Text>
      <KeyForm
        credential={credential}
        id="new-key"
        label="New API key"
        verb="Save the new key and test it"
        test={test}
        onSaved={() => setIsReplaced(true)}
      >
        {isReplaced && (
          <Text size="sm">
            The new key is saved{outcome(test)}{" "}
            <Anchor href="#test" underline="always">
              Show the test
            </Anchor>
          </Text>
        )}
      </KeyForm>
    </Stack>
  );
}

function outcome({ isPending, data }: ReplaceKeyProps["test"]): string {
  if (isPending) return " and is being tested …";
  if (data === undefined) return ", but could not be tested.";
  return data.usable ? ", and it works." : ", but it does not work.";
}

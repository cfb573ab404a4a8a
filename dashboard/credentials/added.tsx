import { Button, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { type Credential, useTestCredential } from "../api/credentials.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { TestRun } from "./test-run.tsx";

/** The credential is saved: its test runs at once, and its report is the end of the way. */
export function Added({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const test = useTestCredential();
  const open = useRef<HTMLAnchorElement>(null);
  const { mutate } = test;
  useEffect(() => {
    mutate(credential.id);
    open.current?.focus();
  }, [mutate, credential.id]);
  return (
    <Stack gap="md">
      <Text>
        <strong>{credential.nickname}</strong> is saved. Its key is encrypted and will not be shown again.
      </Text>
      <TestRun test={test} />
      <DialogActions>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button component={Link} href={`/credentials/${encodeURIComponent(credential.id)}`} ref={open}>
          Open the credential
        </Button>
      </DialogActions>
    </Stack>
  );
}

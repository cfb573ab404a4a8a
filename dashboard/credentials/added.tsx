import { Button, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { CheckReport, Credential, useTestCredential } from "../api/credentials.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { KeyForm } from "./key-form.tsx";
import { TestRun } from "./test-run.tsx";

export interface AddedProps {
  readonly credential: Credential;
  readonly test: ReturnType<typeof useTestCredential>;
  readonly onClose: () => void;
}

/** What to call the dialog by what is known of the credential just saved. */
export function addedTitle({ isError, data }: AddedProps["test"]): string {
  if (isError) return "Credential saved, but not tested";
  if (data === undefined) return "Testing the credential";
  return data.usable ? "Credential added" : "Credential saved, but it does not work yet";
}

/** The credential is saved: its test runs at once. A key that the service refuses is corrected here, where it was typed. */
export function Added({ credential, test, onClose }: AddedProps) {
  const open = useRef<HTMLAnchorElement>(null);
  const { mutate, data } = test;
  useEffect(() => {
    mutate(credential.id);
    open.current?.focus();
  }, [mutate, credential.id]);
  return (
    <Stack gap="md">
      <Text>
        <strong>{credential.nickname}</strong> is saved. Its key is encrypted and will not be shown again.
      </Text>
      <Correction credential={credential} test={test} report={data} />
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

/** Stays until a test has passed, so that the field is not gone while its key is tested. */
function Correction({ credential, test, report }: Omit<AddedProps, "onClose"> & { report: CheckReport | undefined }) {
  const [isRefused, setIsRefused] = useState(false);
  useEffect(() => {
    if (report) setIsRefused(!report.usable && ["credential", "permission"].includes(report.cause ?? ""));
  }, [report]);
  if (credential.auth !== "api_key" || !isRefused) return null;
  return (
    <KeyForm credential={credential} id="corrected-key" label="Another API key" verb="Save this key and test it" test={test} />
  );
}

import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconKey, IconRefresh } from "@tabler/icons-react";
import type { EncryptionKeys } from "../api/sealing-keys.ts";
import { NewKeyDialog } from "./new-key-dialog.tsx";
import { ResealProgress } from "./reseal-progress.tsx";
import { useReseal } from "./use-reseal.ts";

/** Brings everything under the current key, or under a new one where this server creates the keys. */
export function ResealPanel({ keys: { data, source } }: { keys: EncryptionKeys }) {
  const { reseal, start, stop } = useReseal();
  const [isAsking, { open, close }] = useDisclosure();
  const waiting = data.reduce((sum, { current, configured, used }) => (current || !configured ? sum : sum + used), 0);
  const isRunning = reseal.state === "running";
  return (
    <Paper component="section" aria-labelledby="reseal">
      <Title order={3} id="reseal" mb="xs">
        Re-encrypt everything with the current key
      </Title>
      <Stack gap="md">
        <Text size="sm" maw={640}>
          {waiting === 0
            ? "Everything is encrypted with the current key. After a key has changed, this brings what is already saved under the new one."
            : `${waiting.toLocaleString("en")} ${waiting === 1 ? "value is" : "values are"} still under an older key.`}{" "}
          The values themselves are not decrypted, the servers keep running, and it may be stopped at any time.
        </Text>
        <Group gap="sm">
          <Button
            leftSection={<IconRefresh size={16} aria-hidden />}
            onClick={() => start(false)}
            variant={waiting > 0 ? "filled" : "light"}
            disabled={isRunning}
          >
            {waiting > 0 && reseal.state === "stopped" ? "Resume" : "Re-encrypt everything again"}
          </Button>
          {source === "file" && (
            <Button variant="default" leftSection={<IconKey size={16} aria-hidden />} onClick={open} disabled={isRunning}>
              Create a new key …
            </Button>
          )}
        </Group>
        <ResealProgress reseal={reseal} onStop={stop} onContinue={() => start(false)} />
      </Stack>
      <NewKeyDialog
        isOpen={isAsking}
        isUnfinished={waiting > 0}
        onClose={close}
        onConfirm={() => {
          close();
          void start(true);
        }}
      />
    </Paper>
  );
}

import { Alert, Button, Code, Group, List, Progress, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconPlayerPause } from "@tabler/icons-react";
import type { ResealReport } from "../api/sealing-keys.ts";
import { Failure } from "../shell/failure.tsx";
import type { Reseal } from "./use-reseal.ts";

export interface ResealProgressProps {
  readonly reseal: Reseal;
  readonly onStop: () => void;
  /** Goes on with the current key. */
  readonly onContinue: () => void;
}

/** How far it is, and how it ended. */
export function ResealProgress({ reseal, onStop, onContinue }: ResealProgressProps) {
  if (reseal.state === "idle") return null;
  if (reseal.state === "running") return <Running done={reseal.done} total={reseal.total} onStop={onStop} />;
  if (reseal.state === "failed")
    return (
      <Failure error={reseal.error}>
        {reseal.wantsNewKey && (
          <Text size="sm">Whether a new key was created before this failed is seen in the list of keys above.</Text>
        )}
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={onContinue}>
            Continue with the current key
          </Button>
          <Text size="sm">Safe to repeat: no new key is created.</Text>
        </Group>
      </Failure>
    );
  if (reseal.state === "finished") return <Finished report={reseal.report} wantsNewKey={reseal.wantsNewKey} />;
  return (
    <Alert color="amber" icon={<IconPlayerPause />} title="Stopped" role="status">
      {counted(reseal.done, reseal.total)} were re-encrypted. Nothing is lost: started again, it continues with the rest.
    </Alert>
  );
}

function Running({ done, total, onStop }: { done: number; total: number; onStop: () => void }) {
  const percent = total === 0 ? 100 : Math.round((done / total) * 100);
  return (
    <Stack gap="xs">
      <Progress.Root size="lg" radius="xl">
        <Progress.Section value={percent} aria-label="Re-encrypted" animated />
      </Progress.Root>
      <Group justify="space-between">
        <Text size="sm">{done < total ? `${counted(done, total)} re-encrypted` : "Looking for what was saved meanwhile …"}</Text>
        <Button size="xs" variant="default" onClick={onStop}>
          Stop
        </Button>
      </Group>
    </Stack>
  );
}

function Finished({ report: { kid, resealed, failed, newKey }, wantsNewKey }: { report: ResealReport; wantsNewKey: boolean }) {
  return (
    <Stack gap="sm" role="status">
      <Alert color="sea" icon={<IconCircleCheck />} title={titleOf(resealed, failed.length)}>
        {values(resealed)} re-encrypted with <Code>{kid}</Code>.
        {newKey !== null && " Now copy the key file: older copies do not hold this key."}
        {wantsNewKey &&
          newKey === null &&
          " An earlier re-encryption was finished with it, so no new key was created. Repeat this to create one."}
      </Alert>
      {failed.length > 0 && (
        <Alert color="brick" icon={<IconAlertTriangle />} title={`${values(failed.length)} could not be decrypted`}>
          They are left as they are. Put back the key that encrypted them, or replace what they hold.
          <List size="sm" mt="xs">
            {failed.map(({ collection, project, id, code }) => (
              <List.Item key={`${collection} ${project} ${id}`}>
                <Code>{id}</Code> in {collection} of the project <Code>{project}</Code> ({code})
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  );
}

function titleOf(resealed: number, failed: number): string {
  if (failed > 0) return "Everything that could be decrypted is re-encrypted";
  return resealed === 0 ? "Nothing was left to re-encrypt" : "Everything is re-encrypted";
}

function values(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "value" : "values"}`;
}

function counted(done: number, total: number): string {
  return `${done.toLocaleString("en")} of ${values(total)}`;
}

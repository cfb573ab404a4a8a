import { Button, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconRotate } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { type Destination, useRotateSecret } from "../api/destinations.ts";
import { Ago } from "../shell/ago.tsx";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { Panel } from "../shell/panel.tsx";
import { SecretDialog } from "../shell/secret-dialog.tsx";
import { SigningSecret } from "./signing-secret.tsx";

const KEEP = [
  { value: "86400", label: "For a day" },
  { value: "604800", label: "For a week" },
  { value: "3600", label: "For an hour" },
  { value: "0", label: "Not at all: it may have been exposed" },
];
const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** When the signing secret was created, and how it is replaced. */
export function SecretPanel({ destination }: { destination: Destination }) {
  const { secretCreatedAt, previousSecretUntil } = destination;
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <Panel
      id="secret"
      title="Signing secret"
      actions={
        <Button variant="default" leftSection={<IconRotate size={16} aria-hidden />} onClick={open}>
          Rotate …
        </Button>
      }
    >
      <Text size="sm" component="div">
        Created <Ago at={secretCreatedAt} /> and not shown again.{" "}
        {previousSecretUntil !== null &&
          `Messages are signed with the previous one as well until ${absolute.format(new Date(previousSecretUntil))}.`}
      </Text>
      <RotateSecret destination={destination} isOpen={isOpen} onClose={close} />
    </Panel>
  );
}

interface RotateSecretProps {
  readonly destination: Destination;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function RotateSecret({ destination: { id }, isOpen, onClose }: RotateSecretProps) {
  const [keep, setKeep] = useState("86400");
  const rotate = useRotateSecret();
  const rotated = rotate.data;

  function close() {
    if (rotate.isPending) return;
    onClose();
    rotate.reset();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!rotate.isPending) rotate.mutate({ id, keepSeconds: Number(keep) });
  }

  return (
    <SecretDialog
      title={rotated ? "Copy the signing secret now" : "Rotate the signing secret?"}
      isOpen={isOpen}
      isShowing={rotated !== undefined}
      onClose={close}
    >
      {rotated ? (
        <SigningSecret destination={rotated} onDone={close} />
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <Text size="sm">
              A new secret signs from now on and is shown once. While the current one signs as well, the receiver accepts messages
              with either, and can be changed without losing one.
            </Text>
            <Select
              label="The current secret signs as well"
              allowDeselect={false}
              data={KEEP}
              value={keep}
              onChange={(value) => value !== null && setKeep(value)}
            />
            {rotate.error && <Failure error={rotate.error} />}
            <DialogActions>
              <Button variant="default" onClick={close} data-autofocus>
                Cancel
              </Button>
              <Button type="submit" loading={rotate.isPending}>
                Rotate the secret
              </Button>
            </DialogActions>
          </Stack>
        </form>
      )}
    </SecretDialog>
  );
}

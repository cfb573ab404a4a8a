import { Button, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import type { useRevealRun } from "../api/runs.ts";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { useFaults } from "../shell/use-faults.ts";

interface RevealProps {
  readonly run: string;
  readonly reveal: ReturnType<typeof useRevealRun>;
}

/** Asks why, then shows the data as it is on the page; hides it again. */
export function Reveal({ run, reveal }: RevealProps) {
  const [isOpen, { open, close }] = useDisclosure();
  if (reveal.data)
    return (
      <Button variant="default" leftSection={<IconEyeOff size={16} aria-hidden />} onClick={reveal.reset}>
        Hide the data
      </Button>
    );
  return (
    <>
      <Button variant="default" leftSection={<IconEye size={16} aria-hidden />} onClick={open}>
        Reveal the data …
      </Button>
      <Modal opened={isOpen} onClose={close} title="Reveal the data of this run?" closeButtonProps={{ "aria-label": "Close" }}>
        <RevealForm run={run} reveal={reveal} onDone={close} />
      </Modal>
    </>
  );
}

function RevealForm({ run, reveal, onDone }: RevealProps & { readonly onDone: () => void }) {
  const [reason, setReason] = useState("");
  const { found, check, changed } = useFaults<"reason">(reveal);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (reveal.isPending || !check({ reason: reason.trim() === "" ? "Say why." : undefined })) return;
    reveal.mutate({ id: run, reason: reason.trim() }, { onSuccess: onDone });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">
          You see the inputs and outputs of every step as they are, candidates’ data included. Your name, the time and the reason
          are recorded and shown on this page.
        </Text>
        <Textarea
          label="Reason"
          required
          withAsterisk={false}
          data-autofocus
          autosize
          minRows={2}
          maxRows={6}
          maxLength={500}
          value={reason}
          onChange={({ currentTarget }) => {
            changed("reason");
            setReason(currentTarget.value);
          }}
          error={found.reason ?? fieldError(reveal.error, "/reason")}
        />
        {reveal.error && !isAllAtFields(reveal.error, ["/reason"]) && <Failure error={reveal.error} />}
        <DialogActions>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={reveal.isPending}>
            Reveal the data
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

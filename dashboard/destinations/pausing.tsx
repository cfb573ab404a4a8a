import { Alert, Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { type Destination, useUpdateDestination } from "../api/destinations.ts";
import { toProblem } from "../api/problem.ts";
import { Ago } from "../shell/ago.tsx";
import { Failure } from "../shell/failure.tsx";
import { PAUSED_WORDS } from "./destination-words.ts";

/** Why nothing is sent, since when, and the way out. */
export function PausedNote({ destination: { id, name, paused } }: { destination: Destination }) {
  const resume = useUpdateDestination();
  if (paused === null) return null;
  const { title, text } = PAUSED_WORDS[paused.reason];

  function confirm() {
    resume.mutate(
      { id, paused: false },
      { onSuccess: () => notifications.show({ title: "Resumed", message: `${name} gets messages again.` }) },
    );
  }

  return (
    <Alert
      color={paused.reason === "by_hand" ? "gray" : "brick"}
      icon={<IconPlayerPause aria-hidden />}
      title={title}
      role="note"
    >
      <Text size="sm" component="div">
        {text} Paused <Ago at={paused.at} />.
      </Text>
      {resume.error && <Failure error={resume.error} />}
      <Button mt="sm" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={resume.isPending} onClick={confirm}>
        Resume
      </Button>
    </Alert>
  );
}

export function PauseButton({ destination: { id, name } }: { destination: Destination }) {
  const pause = useUpdateDestination();

  function confirm() {
    pause.mutate(
      { id, paused: true },
      {
        onSuccess: () => notifications.show({ title: "Paused", message: `Nothing is sent to ${name} until it is resumed.` }),
        onError: (error) =>
          notifications.show({ color: "brick", title: toProblem(error).title, message: toProblem(error).detail }),
      },
    );
  }

  return (
    <Button variant="default" leftSection={<IconPlayerPause size={16} aria-hidden />} loading={pause.isPending} onClick={confirm}>
      Pause
    </Button>
  );
}

import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "wouter";
import type { Run } from "../api/runs.ts";
import { Ago } from "../shell/ago.tsx";
import { toWaitingWords } from "./status-words.ts";

const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** What a run waits for, and what would let it continue. */
export function WaitingNote({ run: { waitingFor } }: { run: Run }) {
  if (waitingFor === null) return null;
  const { until, credential, since } = waitingFor;
  return (
    <Alert color="amber" title={toWaitingWords(waitingFor)}>
      <Text size="sm" component="div">
        {waitingFor.for === "credential" && credential !== undefined ? (
          <>
            The run continues as soon as{" "}
            <Anchor component={Link} fz="sm" underline="always" href={`/credentials/${encodeURIComponent(credential)}`}>
              the credential
            </Anchor>{" "}
            is connected again.
          </>
        ) : until !== undefined ? (
          `It continues ${absolute.format(new Date(until))}.`
        ) : (
          "It continues automatically."
        )}{" "}
        Waiting since <Ago at={since} />.
      </Text>
    </Alert>
  );
}

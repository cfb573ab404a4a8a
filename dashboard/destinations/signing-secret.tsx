import { Anchor, Text } from "@mantine/core";
import type { DestinationSecret } from "../api/destinations.ts";
import { Copyable } from "../shell/copyable.tsx";
import { ShownOnce } from "../shell/shown-once.tsx";

interface SigningSecretProps {
  readonly destination: DestinationSecret;
  readonly onDone: () => void;
}

/** A signing secret just created. */
export function SigningSecret({ destination: { name, secret }, onDone }: SigningSecretProps) {
  return (
    <ShownOnce
      note="The server keeps it encrypted and never shows it again. Put it where the receiving system finds it, and nowhere else."
      verb="I have saved the secret"
      onDone={onDone}
    >
      <Copyable label={`Signing secret of ${name}`} value={secret} what="the signing secret" isFirst />
      <Text size="sm">
        The receiver verifies each message with it, by a library of{" "}
        <Anchor href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer" fz="sm" underline="always">
          Standard Webhooks
        </Anchor>
        .
      </Text>
    </ShownOnce>
  );
}

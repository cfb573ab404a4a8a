import { Badge, Code, Group, Text } from "@mantine/core";
import type { EncryptionKeys, SealingKey } from "../api/sealing-keys.ts";
import { Ago } from "../shell/ago.tsx";
import classes from "./rows.module.css";

export interface SealingKeyRowProps {
  readonly sealingKey: SealingKey;
  readonly source: EncryptionKeys["source"];
}

export function SealingKeyRow({ sealingKey, source }: SealingKeyRowProps) {
  const { kid, used, firstSeenAt } = sealingKey;
  const { badge, color, text } = describe(sealingKey, source);
  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <Group gap="xs">
          <Code>{kid}</Code>
          <Badge color={color}>{badge}</Badge>
        </Group>
        <Text size="sm" mt={4} maw={560}>
          {text}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          {firstSeenAt === null ? "Age unknown" : <>First seen {<Ago at={firstSeenAt} />}</>}
        </Text>
      </div>
      <Text fw={600}>
        {used.toLocaleString("en")} {used === 1 ? "value" : "values"}
      </Text>
    </li>
  );
}

/** What a key is there for, and when it is not needed any more. */
function describe({ current, configured, used }: SealingKey, source: EncryptionKeys["source"]) {
  const ring = source === "file" ? "the key file" : "CREDENTIALS_KEYS";
  if (!configured)
    return {
      badge: "Missing",
      color: "brick",
      text: `What it encrypted cannot be decrypted, because it is no longer in ${ring}. Put it back after the current one.`,
    };
  if (current) return { badge: "Current", color: "sea", text: "Encrypts everything that is saved from now on." };
  if (used > 0)
    return {
      badge: "Old",
      color: "amber",
      text: `Still needed: re-encrypt everything with the current key before you remove it from ${ring}.`,
    };
  return {
    badge: "Old",
    color: "gray",
    text: `Encrypts nothing any more: it may be removed from ${ring}. Keep a copy as long as you keep backups of the store from its time.`,
  };
}

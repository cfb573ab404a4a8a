import { Code, Paper, Text, Title } from "@mantine/core";
import type { EncryptionKeys } from "../api/sealing-keys.ts";

/** Where the keys come from, and what that means for backups. */
export function KeySourceNote({ source }: { source: EncryptionKeys["source"] }) {
  return (
    <Paper component="section" aria-labelledby="key-source">
      <Title order={3} id="key-source" mb="xs">
        {source === "file" ? "The keys come from a key file" : "The keys come from the environment"}
      </Title>
      <Text size="sm" maw={680}>
        {source === "file" ? (
          <>
            It is the file <Code>keys</Code> in <Code>DATA_DIR</Code>, or the one that <Code>CREDENTIALS_KEY_FILE</Code> names. A
            backup of the store is worth nothing without it, and together they hold every secret: keep a copy of the file apart
            from the store’s backups, and a new one after each change of it.
          </>
        ) : (
          <>
            They are in <Code>CREDENTIALS_KEYS</Code>, the current one first. A backup of the store is worth nothing without them:
            keep them where you keep your other secrets. For a new key, put it first and the old one behind it, restart the
            servers, then re-encrypt everything with it here.
          </>
        )}
      </Text>
    </Paper>
  );
}

import { Paper, Stack } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { sealingKeysQuery } from "../api/sealing-keys.ts";
import { KeySourceNote } from "./key-source-note.tsx";
import { ResealPanel } from "./reseal-panel.tsx";
import classes from "./rows.module.css";
import { SealingKeyRow } from "./sealing-key-row.tsx";
import { SectionHead } from "./section-head.tsx";

/** The keys that seal what is secret in the store, of all projects. */
export function SealingKeys() {
  const { data: keys } = useSuspenseQuery(sealingKeysQuery);
  return (
    <section>
      <SectionHead title="Encryption keys">
        Every secret in the store is encrypted: API keys and tokens of credentials, client secrets of OAuth apps, and recorded
        answers, of all projects. Here are the keys that do it, by name; the keys themselves never leave the server.
      </SectionHead>
      <Stack>
        <Paper component="ul" className={classes.rows}>
          {keys.data.map((key) => (
            <SealingKeyRow key={key.kid} sealingKey={key} source={keys.source} />
          ))}
        </Paper>
        <ResealPanel keys={keys} />
        <KeySourceNote source={keys.source} />
      </Stack>
    </section>
  );
}

import { Code, Group, Paper, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Credential } from "../api/credentials.ts";
import { Ago } from "../shell/ago.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { AUTH_WORDS } from "./auth-words.ts";
import classes from "./credential-view.module.css";

export function CredentialFacts({ credential, environment }: { credential: Credential; environment: string }) {
  const { id, auth, account, lastUsedAt, createdAt, updatedAt } = credential;
  return (
    <Paper component="aside" aria-labelledby="facts-title" className={classes.aside}>
      <Title order={2} id="facts-title" mb="sm">
        Details
      </Title>
      <dl className={classes.facts}>
        <Fact name="Environment">{environment}</Fact>
        <Fact name="Authentication">{AUTH_WORDS[auth]}</Fact>
        {auth === "oauth2" && (
          <Fact name="Account">{account.accountId ? <Code>{account.accountId}</Code> : "Not known yet"}</Fact>
        )}
        {account.userId && (
          <Fact name="Approved by the user">
            <Code>{account.userId}</Code>
          </Fact>
        )}
        <Fact name="Last used">{lastUsedAt ? <Ago at={lastUsedAt} /> : "Never"}</Fact>
        <Fact name="Added">
          <Ago at={createdAt} />
        </Fact>
        <Fact name="Changed">
          <Ago at={updatedAt} />
        </Fact>
        <Fact name="ID for API calls">
          <Group gap="xs" wrap="nowrap">
            <Code>{id}</Code>
            <CopyButton value={id} what="the ID" />
          </Group>
        </Fact>
      </dl>
    </Paper>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

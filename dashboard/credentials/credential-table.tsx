import { Paper, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { type Connector, ConnectorScope, connectorsQuery } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { Ago } from "../shell/ago.tsx";
import { AUTH_WORDS } from "./auth-words.ts";
import classes from "./credential-table.module.css";
import { environmentWords } from "./environment-words.ts";
import { StatusBadge } from "./status-badge.tsx";
import { statusWords } from "./status-words.ts";

export function CredentialTable({ credentials, connector }: { credentials: readonly Credential[]; connector: Connector }) {
  return (
    <Paper p={0} className={classes.frame}>
      <Table className={classes.table} aria-label="Credentials" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="27%">Nickname</Table.Th>
            <Table.Th w="29%">Status</Table.Th>
            <Table.Th>Environment</Table.Th>
            <Table.Th>Last test</Table.Th>
            <Table.Th>Last use</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {credentials.map((credential) => (
            <Row key={credential.id} credential={credential} connector={connector} />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Row({ credential, connector }: { credential: Credential; connector: Connector }) {
  return (
    <ConnectorScope value={credential.connector}>
      <Cells credential={credential} connector={connector} />
    </ConnectorScope>
  );
}

function Cells({ credential, connector }: { credential: Credential; connector: Connector }) {
  const words = statusWords(credential, useService());
  const { data: cards } = useQuery(connectorsQuery);
  const card = cards?.find(({ id: one }) => one === credential.connector);
  const service = cards !== undefined && cards.length > 1 ? `${card?.name ?? credential.connector} · ` : "";
  const { id, nickname, environment, auth, lastTest, lastUsedAt } = credential;
  return (
    <Table.Tr className={classes.row}>
      <Table.Td>
        <Link href={`/credentials/${encodeURIComponent(id)}`} className={classes.link}>
          {nickname}
        </Link>
      </Table.Td>
      <Table.Td>
        <StatusBadge credential={credential} />
        <Text size="xs" c="dimmed" mt={4}>
          {words.next ?? words.meaning}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm">
          {service}
          {card?.environments[environment] ?? environmentWords(environment, connector).title}
        </Text>
        <Text size="xs" c="dimmed">
          {AUTH_WORDS[auth]}
        </Text>
      </Table.Td>
      <Table.Td data-label="Last test">
        <Text size="sm" component="span">
          {lastTest === null ? (
            "Never"
          ) : (
            <>
              {lastTest.ok ? "Passed" : "Failed"} <Ago at={lastTest.at} />
            </>
          )}
        </Text>
      </Table.Td>
      <Table.Td data-label="Last use">
        <Text size="sm" component="span">
          {lastUsedAt === null ? "Never" : <Ago at={lastUsedAt} />}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

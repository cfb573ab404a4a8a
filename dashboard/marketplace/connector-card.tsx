import { Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconArrowRight, IconKey } from "@tabler/icons-react";
import { Link } from "wouter";
import type { ConnectorCard as Card } from "../api/connector.ts";
import classes from "./connector-card.module.css";

export interface CredentialCount {
  readonly count: number;
  /** There are more than were counted. */
  readonly isMore: boolean;
}

export function ConnectorCard({ connector, credentials }: { connector: Card; credentials: CredentialCount | undefined }) {
  const { id, name, listing } = connector;
  return (
    <Paper component="li" className={classes.card}>
      <Stack h="100%" gap="md">
        <Group wrap="nowrap" gap="md">
          <img src={listing.icon} alt="" width={52} height={52} />
          <Title order={2} miw={0}>
            <Link href={`/marketplace/${encodeURIComponent(id)}`} className={classes.link}>
              {name}
            </Link>
          </Title>
        </Group>
        <Text size="sm">{listing.tagline}</Text>
        <Group gap={6}>
          {listing.categories.map((category) => (
            <Badge key={category} color="gray">
              {category}
            </Badge>
          ))}
        </Group>
        <Group justify="space-between" mt="auto" className={classes.foot}>
          <Group gap={6} mih={22}>
            <IconKey size={16} aria-hidden />
            <Text size="sm">{credentials === undefined ? "" : toWords(credentials)}</Text>
          </Group>
          <IconArrowRight size={18} aria-hidden className={classes.arrow} />
        </Group>
      </Stack>
    </Paper>
  );
}

function toWords({ count, isMore }: CredentialCount): string {
  if (isMore) return `More than ${count} credentials`;
  if (count === 0) return "No credential yet";
  return count === 1 ? "1 credential" : `${count} credentials`;
}

import { Paper, SimpleGrid, Text, Title } from "@mantine/core";
import type { Connector } from "../api/connector.ts";
import classes from "./listing.module.css";

export function Points({ points, columns }: { points: Connector["listing"]["benefits"]; columns: number }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, md: columns }} spacing="md">
      {points.map(({ title, text }) => (
        <Paper key={title} p="md" className={classes.point}>
          <Title order={3} mb={6}>
            {title}
          </Title>
          <Text size="sm">{text}</Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

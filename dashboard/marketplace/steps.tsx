import { Text, Title } from "@mantine/core";
import type { Connector } from "../api/connector.ts";
import classes from "./listing.module.css";

export function Steps({ steps }: { steps: Connector["listing"]["setup"] }) {
  return (
    <ol className={classes.steps}>
      {steps.map(({ title, text }) => (
        <li key={title} className={classes.step}>
          <Title order={3} mb={4}>
            {title}
          </Title>
          <Text size="sm" maw={680}>
            {text}
          </Text>
        </li>
      ))}
    </ol>
  );
}

import { Accordion, Badge, Code, Group, Text } from "@mantine/core";
import type { Connector, Operation } from "../api/connector.ts";
import { EFFECTS } from "../operations/effect-words.ts";
import { OperationDetails } from "./operation-details.tsx";

export function Operations({ connector: { name: serviceName, operations, auth } }: { connector: Connector }) {
  const scopes = new Map(
    auth.flatMap((way) => (way.type === "oauth2" ? way.scopes : [])).map((scope) => [scope.name, scope.description]),
  );
  return (
    <Accordion multiple order={3} keepMounted={false}>
      {Object.entries(operations).map(([name, operation]) => (
        <Accordion.Item key={name} value={name}>
          <Accordion.Control>
            <Summary name={name} operation={operation} />
          </Accordion.Control>
          <Accordion.Panel>
            <OperationDetails name={name} serviceName={serviceName} operation={operation} scopes={scopes} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Summary({ name, operation: { title, effect } }: { name: string; operation: Operation }) {
  const { label, color } = EFFECTS[effect];
  return (
    <Group gap="xs" justify="space-between">
      <Text fw={600} component="span">
        {title}
      </Text>
      <Group gap="xs" component="span">
        <Code visibleFrom="sm">{name}</Code>
        <Badge color={color} component="span">
          {label}
        </Badge>
      </Group>
    </Group>
  );
}

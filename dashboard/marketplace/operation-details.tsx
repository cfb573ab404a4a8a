import { Anchor, Button, Code, Group, List, Stack, Text, Title } from "@mantine/core";
import { IconExternalLink, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "wouter";
import type { Operation } from "../api/connector.ts";
import { SchemaTable } from "../fields/schema-table.tsx";
import { EFFECTS } from "../operations/effect-words.ts";
import { useOperationAddress } from "../operations/operation-address.ts";

export interface OperationDetailsProps {
  readonly name: string;
  /** Whose documentation it is explained in. */
  readonly serviceName: string;
  readonly operation: Operation;
  /** Descriptions of scopes, by name. */
  readonly scopes: ReadonlyMap<string, string>;
}

export function OperationDetails({ name, serviceName, operation, scopes }: OperationDetailsProps) {
  const address = useOperationAddress();
  const { title, description, effect, paginated, input, output, links } = operation;
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Text>{description}</Text>
        <Text size="sm" c="dimmed">
          {EFFECTS[effect].meaning}
          {paginated && " Long results come page by page; all pages can be read at once."}
        </Text>
        <Group gap="md">
          <Button
            component={Link}
            href={address(name)}
            size="xs"
            variant="light"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            aria-label={`Try it: ${title}`}
          >
            Try it
          </Button>
          {links.map((url) => (
            <Anchor key={url} href={url} target="_blank" rel="noopener noreferrer" size="sm">
              {serviceName}’s documentation <IconExternalLink size={13} aria-label="(opens in a new tab)" role="img" />
            </Anchor>
          ))}
        </Group>
      </Stack>
      <div>
        <Title order={4} size="sm" mb={4}>
          Scopes it needs
        </Title>
        <List size="sm" listStyleType="none">
          {operation.scopes.map((scope) => (
            <List.Item key={scope}>
              <Code>{scope}</Code> {scopes.get(scope)}
            </List.Item>
          ))}
        </List>
      </div>
      <SchemaTable title="Input" schema={input} marksRequired />
      <SchemaTable title="Output" schema={output} />
    </Stack>
  );
}

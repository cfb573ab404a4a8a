import { Badge, Paper, Table, Text, UnstyledButton } from "@mantine/core";
import { useConnector } from "../api/connector.ts";
import type { Write } from "../api/writes.ts";
import classes from "../credentials/credential-table.module.css";
import { Ago } from "../shell/ago.tsx";
import { OUTCOMES } from "./outcome-words.ts";

export function WriteTable({ writes, onShow }: { writes: readonly Write[]; onShow: (write: Write) => void }) {
  const { operations } = useConnector();
  return (
    <Paper p={0} className={classes.frame}>
      <Table className={classes.table} aria-label="Writes" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="28%">Operation</Table.Th>
            <Table.Th w="18%">Outcome</Table.Th>
            <Table.Th>What changed</Table.Th>
            <Table.Th w="18%">Credential</Table.Th>
            <Table.Th w="14%">When</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {writes.map((write) => (
            <Table.Tr key={write.id} className={classes.row}>
              <Table.Td>
                <UnstyledButton className={classes.link} fz="sm" onClick={() => onShow(write)}>
                  {Object.hasOwn(operations, write.operation) ? operations[write.operation]?.title : write.operation}
                </UnstyledButton>
                {write.target && (
                  <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                    {write.target.id}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <OutcomeBadge write={write} />
                {write.code && write.code !== write.outcome && (
                  <Text size="xs" c="dimmed" mt={4}>
                    {write.code}
                  </Text>
                )}
              </Table.Td>
              <Table.Td data-label="What changed">
                <Text size="sm" component="span" style={{ overflowWrap: "anywhere" }}>
                  {changeWords(write)}
                </Text>
              </Table.Td>
              <Table.Td data-label="Credential">
                <Text size="sm" component="span" style={{ overflowWrap: "anywhere" }}>
                  {write.nickname ?? write.credential}
                </Text>
              </Table.Td>
              <Table.Td data-label="When">
                <Text size="sm" component="span">
                  <Ago at={write.at} />
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

export function OutcomeBadge({ write }: { write: Write }) {
  const { label, color } = OUTCOMES[write.outcome];
  return <Badge color={color}>{label}</Badge>;
}

/** What is known to have changed, and no more. */
export function changeWords({ changed, outcome }: Write): string {
  if (changed === null) return outcome === "succeeded" ? "Not recorded" : "–";
  const parts = [
    ...(changed.added.length > 0 ? [`Added ${changed.added.join(", ")}`] : []),
    ...(changed.removed.length > 0 ? [`Removed ${changed.removed.join(", ")}`] : []),
  ];
  return parts.length > 0 ? parts.join("; ") : "Nothing: it was already so";
}

import { Anchor, Code, Modal, Stack, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Write } from "../api/writes.ts";
import { Actor } from "../shell/actor.tsx";
import { OUTCOMES } from "./outcome-words.ts";
import { changeWords, OutcomeBadge } from "./write-table.tsx";

const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** Everything that the record of a write holds. */
export function WriteDetail({ write, onClose }: { write: Write | undefined; onClose: () => void }) {
  return (
    <Modal opened={write !== undefined} onClose={onClose} title="Write" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      {write && <Facts write={write} />}
    </Modal>
  );
}

function Facts({ write }: { write: Write }) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Operation", <Code key="code">{write.operation}</Code>],
    ["Begun", exact.format(new Date(write.at))],
    ["Ended", write.endedAt === null ? "–" : exact.format(new Date(write.endedAt))],
    [
      "Credential",
      write.nickname === null ? (
        `${write.credential} (deleted)`
      ) : (
        <Anchor component={Link} key="link" fz="sm" href={`/credentials/${encodeURIComponent(write.credential)}`}>
          {write.nickname}
        </Anchor>
      ),
    ],
    ["Written to", write.target === null ? "–" : `${write.target.field} ${write.target.id}`],
    ["What changed", changeWords(write)],
    ["Recorded for user", write.performAs ?? "–"],
    ["Requested by", write.actor === null ? "–" : <Actor key="actor" of={write.actor} />],
    ["Attempts", write.attempts ?? "–"],
    ["Code", write.code ?? "–"],
    ["Request", write.requestId ?? "–"],
    ["Record", write.id],
  ];
  return (
    <Stack gap="sm">
      <div>
        <OutcomeBadge write={write} />
        <Text size="sm" mt={4}>
          {OUTCOMES[write.outcome].meaning}
        </Text>
      </div>
      <Table variant="vertical" layout="fixed" aria-label="Facts of the write">
        <Table.Tbody>
          {facts.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w="36%">{name}</Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

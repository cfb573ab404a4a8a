import { Accordion, Text } from "@mantine/core";
import type { Connector } from "../api/connector.ts";

export function Faq({ entries }: { entries: Connector["listing"]["faq"] }) {
  return (
    <Accordion multiple order={3}>
      {entries.map(({ question, answer }) => (
        <Accordion.Item key={question} value={question}>
          <Accordion.Control>{question}</Accordion.Control>
          <Accordion.Panel>
            <Text size="sm" maw={720}>
              {answer}
            </Text>
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

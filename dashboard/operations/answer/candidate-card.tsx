import { Avatar, Badge, Divider, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconMail, IconMapPin, IconPhone } from "@tabler/icons-react";
import type { Opportunity } from "../../../schemas/types/index.ts";
import { isRecord } from "./columns.ts";
import { FieldList } from "./field-list.tsx";
import type { RecordCardProps } from "./record-card.tsx";
import { RecordUses } from "./record-uses.tsx";
import { useNames } from "./use-names.ts";
import { Value } from "./value.tsx";

/** What stands in the head, where it is what is documented; else it is shown below like any other field. */
const IN_HEAD: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText,
  headline: isText,
  location: isText,
  stage: () => true,
  tags: Array.isArray,
  emails: (value) => Array.isArray(value) && value.every(isText),
  phones: (value) => Array.isArray(value) && value.every((phone) => isRecord(phone) && isText(phone.value)),
  archived: () => true,
  isAnonymized: (value) => typeof value === "boolean",
};

/** An opportunity as recruiters see a candidate: who, how far, which tags, how to reach; every other field below. */
export function CandidateCard({ data, record, credential, actions }: RecordCardProps) {
  const nameOf = useNames(credential, record);
  const inHead = Object.keys(IN_HEAD).filter((of) => isMissing(data[of]) || IN_HEAD[of]?.(data[of]));
  const head = Object.fromEntries(inHead.map((of) => [of, data[of] ?? undefined])) as Partial<Opportunity>;
  const { name, headline, stage, tags, emails, phones, location, archived } = head;
  const { id } = data;
  const field = (of: string) => record?.properties?.[of];
  return (
    <Paper>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <Group align="flex-start" wrap="nowrap" miw={0}>
            <Avatar size={52} radius="xl" color="sea" name={name} aria-hidden />
            <div>
              <Title order={3} size="h2">
                {name || "No name"}
              </Title>
              {headline && <Text c="dimmed">{headline}</Text>}
              <Group gap="xs" mt={6}>
                {stage !== undefined && (
                  <Badge color="sea" component="div">
                    <Value name="stage" value={stage} schema={field("stage")} nameOf={nameOf} />
                  </Badge>
                )}
                {archived && <Badge color="amber">archived</Badge>}
                {head.isAnonymized === true && <Badge color="gray">anonymised</Badge>}
              </Group>
            </div>
          </Group>
          {typeof id === "string" && <RecordUses id={id} actions={actions} />}
        </Group>
        <Group gap="lg">
          {emails?.map((email) => (
            <Reach key={email} icon={<IconMail size={16} />} text={email} />
          ))}
          {phones?.map(({ value }) => value && <Reach key={value} icon={<IconPhone size={16} />} text={value} />)}
          {location && <Reach icon={<IconMapPin size={16} />} text={location} />}
        </Group>
        {tags !== undefined && (
          <div>
            <Text size="xs" c="dimmed" mb={4}>
              Tags
            </Text>
            <Value name="tags" value={tags} schema={field("tags")} nameOf={nameOf} />
          </div>
        )}
        <Divider />
        <FieldList data={data} without={inHead} record={record} nameOf={nameOf} />
      </Stack>
    </Paper>
  );
}

function Reach({ icon, text }: { icon: React.ReactNode; text: string }) {
  return (
    <Group gap={6} wrap="nowrap" miw={0}>
      {icon}
      <Text size="sm">{text}</Text>
    </Group>
  );
}

function isText(value: unknown): boolean {
  return isMissing(value) || typeof value === "string";
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

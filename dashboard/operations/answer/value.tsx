import { Anchor, Badge, Group, Stack, Text, Tooltip } from "@mantine/core";
import type { Schema } from "../../api/connector.ts";
import { labelOf } from "./columns.ts";
import type { NameOf } from "./use-names.ts";
import classes from "./value.module.css";

export interface ValueProps {
  readonly name: string;
  readonly value: unknown;
  readonly schema: Schema | undefined;
  /** Names of ids, as far as they are known. */
  readonly nameOf: NameOf;
  /** In tables: one line, cut where it is too long. */
  readonly isShort?: boolean;
}

const MANY = 3;

/** A value of a record in words: times as dates, ids by name, lists as labels. Whatever is sent is shown as text. */
export function Value({ name, value, schema, nameOf, isShort = false }: ValueProps) {
  if (value === null || value === undefined || value === "")
    return (
      <Text span c="dimmed" size="sm" aria-label="empty">
        –
      </Text>
    );
  if (isTime(name, value, schema)) return <Time ms={value} />;
  if (typeof value === "boolean")
    return (
      <Text span size="sm">
        {value ? "yes" : "no"}
      </Text>
    );
  if (Array.isArray(value)) return <List name={name} values={value} schema={schema?.items} nameOf={nameOf} isShort={isShort} />;
  if (typeof value === "object")
    return (
      <Text span size="sm">
        {inWords(value as Record<string, unknown>)}
      </Text>
    );
  const text = String(value);
  const known = nameOf(schema, text);
  if (known !== undefined)
    return (
      <Tooltip label={text}>
        <Text span size="sm">
          {known}
        </Text>
      </Tooltip>
    );
  if (/^https?:\/\//.test(text)) return <Link url={text} isShort={isShort} />;
  return (
    <Text
      span
      size="sm"
      ff={isId(text) ? "monospace" : undefined}
      className={isShort ? classes.short : classes.text}
      title={isShort ? text : undefined}
    >
      {text}
    </Text>
  );
}

function List({
  name,
  values,
  schema,
  nameOf,
  isShort,
}: {
  name: string;
  values: readonly unknown[];
  schema: Schema | undefined;
  nameOf: NameOf;
  isShort: boolean;
}) {
  if (values.length === 0)
    return (
      <Text span c="dimmed" size="sm" aria-label="none">
        –
      </Text>
    );
  if (!isShort && values.every((value) => isUnnamed(value)))
    return <Entries values={values as Fields[]} schema={schema} nameOf={nameOf} />;
  const shown = isShort ? values.slice(0, MANY) : values;
  return (
    <Group gap={4} wrap={isShort ? "nowrap" : "wrap"}>
      {shown.map((value, at) => {
        const text = typeof value === "object" && value !== null ? inWords(value as Record<string, unknown>) : String(value);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries of an answer, which does not change
          <Badge key={`${name} ${at}`} variant="default" className={classes.entry} title={text}>
            {nameOf(schema, text) ?? text}
          </Badge>
        );
      })}
      {shown.length < values.length && (
        <Text span size="xs" c="dimmed">
          and {values.length - shown.length} more
        </Text>
      )}
    </Group>
  );
}

type Fields = Record<string, unknown>;

/** Objects that people have no name for, one a line, field by field. */
function Entries({ values, schema, nameOf }: { values: readonly Fields[]; schema: Schema | undefined; nameOf: NameOf }) {
  return (
    <Stack gap={6}>
      {values.map((value, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries of an answer, which does not change
        <Group key={at} gap="4px 12px">
          {Object.entries(value).map(([name, part]) => (
            <Group key={name} gap={6} wrap="nowrap" align="baseline">
              <Text span size="xs" c="dimmed">
                {labelOf(name)}
              </Text>
              <Value name={name} value={part} schema={schema?.properties?.[name]} nameOf={nameOf} isShort />
            </Group>
          ))}
        </Group>
      ))}
    </Stack>
  );
}

function Time({ ms }: { ms: number }) {
  const date = new Date(ms);
  return (
    <Tooltip label={`${date.toISOString()} (${ms})`}>
      <Text span size="sm" className={classes.time}>
        {date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
      </Text>
    </Tooltip>
  );
}

/** A link that a candidate may have written: only to the web, and it learns nothing of this page. */
function Link({ url, isShort }: { url: string; isShort: boolean }) {
  return (
    <Anchor
      href={url}
      target="_blank"
      rel="noopener noreferrer nofollow"
      size="sm"
      className={isShort ? classes.short : classes.text}
    >
      {url}
    </Anchor>
  );
}

/** Times are milliseconds since the epoch, in fields that say so by their name; no date is beyond this number. */
function isTime(name: string, value: unknown, schema?: Schema): value is number {
  return typeof value === "number" && Math.abs(value) <= 8.64e15 && (schema?.["x-unit"] === "ms" || /(At|Until)$/.test(name));
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text);
}

function isUnnamed(value: unknown): boolean {
  return typeof value === "object" && value !== null && !("name" in value) && !("text" in value) && !("value" in value);
}

/** An object inside a record, in one line: what people call it, else its values. */
function inWords(value: Record<string, unknown>): string {
  const called = value.name ?? value.text ?? value.value;
  if (typeof called === "string" && called !== "") return called;
  return Object.entries(value)
    .filter(([, part]) => part !== null && part !== "" && typeof part !== "object")
    .map(([key, part]) => `${key}: ${isTime(key, part) ? new Date(part).toLocaleDateString() : String(part)}`)
    .join(", ");
}

import { Group, Pill, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useConnector } from "../api/connector.ts";
import { allOf, credentialsQuery } from "../api/credentials.ts";
import type { WriteFilter } from "../api/writes.ts";
import { OUTCOMES } from "./outcome-words.ts";

const DAY_MS = 86_400_000;
const SPANS = [
  { days: 1, label: "Last day" },
  { days: 7, label: "Last 7 days" },
  { days: 30, label: "Last 30 days" },
] as const;

/** The beginning of a day, so that the address stays the same while the page is open. */
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

interface WriteFiltersProps {
  readonly filter: WriteFilter;
  readonly onChange: (changed: Partial<WriteFilter>) => void;
}

export function WriteFilters({ filter, onChange }: WriteFiltersProps) {
  const { operations } = useConnector();
  const credentials = allOf(useInfiniteQuery(credentialsQuery).data);
  const isKnown = credentials.some(({ id }) => id === filter.credential);
  const named = credentials.map(({ id, nickname }) => ({ value: id, label: nickname }));
  const writes = Object.entries(operations).filter(([, { effect }]) => effect !== "read");
  const spans = SPANS.map(({ days, label }) => ({ value: daysAgo(days), label }));
  const isSpan = filter.from === "" || spans.some(({ value }) => value === filter.from);
  return (
    <Group gap="sm">
      <Select
        aria-label="Credential"
        placeholder="Any credential"
        clearable
        searchable
        flex="1 1 10rem"
        maw={240}
        data={filter.credential === "" || isKnown ? named : [...named, { value: filter.credential, label: filter.credential }]}
        value={filter.credential || null}
        onChange={(value) => onChange({ credential: value ?? "" })}
      />
      <Select
        aria-label="Operation"
        placeholder="Any operation"
        clearable
        searchable
        flex="1 1 10rem"
        maw={260}
        data={writes.map(([value, { title }]) => ({ value, label: title }))}
        value={filter.operation || null}
        onChange={(value) => onChange({ operation: value ?? "" })}
      />
      <Select
        aria-label="Outcome"
        placeholder="Any outcome"
        clearable
        flex="1 1 8.5rem"
        maw={190}
        data={Object.entries(OUTCOMES).map(([value, { label }]) => ({ value, label }))}
        value={filter.outcome || null}
        onChange={(value) => onChange({ outcome: value ?? "" })}
      />
      <Select
        aria-label="Time"
        placeholder="Any time"
        clearable
        flex="1 1 8.5rem"
        maw={190}
        data={isSpan ? spans : [...spans, { value: filter.from, label: `From ${filter.from}` }]}
        value={filter.from || null}
        onChange={(value) => onChange({ from: value ?? "" })}
      />
      {filter.request !== "" && (
        <Pill
          withRemoveButton
          onRemove={() => onChange({ request: "" })}
          removeButtonProps={{ "aria-label": "Show all requests", "aria-hidden": false, tabIndex: 0 }}
        >
          Request {filter.request}
        </Pill>
      )}
    </Group>
  );
}

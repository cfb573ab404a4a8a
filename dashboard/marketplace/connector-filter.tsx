import { Chip, Group, TextInput, VisuallyHidden } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ConnectorCard } from "../api/connector.ts";

export interface Filter {
  readonly search: string;
  /** Null: all of them. */
  readonly category: string | null;
}

const ALL = "";

export function ConnectorFilter({
  connectors,
  filter,
  onChange,
}: {
  connectors: readonly ConnectorCard[];
  filter: Filter;
  onChange: (filter: Filter) => void;
}) {
  const categories = [...new Set(connectors.flatMap(({ listing }) => listing.categories))].sort();
  return (
    <Group gap="md">
      <TextInput
        type="search"
        aria-label="Search connectors"
        placeholder="Search by name or purpose"
        leftSection={<IconSearch size={16} aria-hidden />}
        flex="1 1 16rem"
        maw={360}
        value={filter.search}
        onChange={({ currentTarget }) => onChange({ ...filter, search: currentTarget.value })}
      />
      <fieldset className="plain">
        <VisuallyHidden component="legend">Category</VisuallyHidden>
        <Chip.Group
          value={filter.category ?? ALL}
          onChange={(category) => onChange({ ...filter, category: category === ALL ? null : category })}
        >
          <Group gap={6}>
            {[ALL, ...categories].map((category) => (
              <Chip key={category} value={category} size="sm" variant="light">
                {category === ALL ? "All" : category}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </fieldset>
    </Group>
  );
}

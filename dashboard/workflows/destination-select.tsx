import { Select } from "@mantine/core";
import type { Usable } from "../api/catalog.ts";

export interface DestinationSelectProps {
  readonly usable: Usable;
  readonly value: string;
  readonly description?: string | undefined;
  readonly error?: string | undefined;
  readonly onChange: (destination: string) => void;
}

/** Which system of the user's own gets a message. */
export function DestinationSelect({ usable, value, onChange, ...words }: DestinationSelectProps) {
  const { destinations } = usable.catalog;
  // A name means the same destination.
  const known = destinations.find(({ id, name }) => id === value || name === value);
  const others = value !== "" && known === undefined ? [{ value, label: value }] : [];
  return (
    <Select
      {...words}
      label="Destination"
      required
      searchable
      allowDeselect={false}
      flex="1 1 16rem"
      placeholder="Choose a destination"
      nothingFoundMessage="There is no destination with this name"
      data={[...destinations.map(({ id, name }) => ({ value: id, label: name })), ...others]}
      value={known?.id ?? (value || null)}
      onChange={(destination) => destination !== null && onChange(destination)}
    />
  );
}

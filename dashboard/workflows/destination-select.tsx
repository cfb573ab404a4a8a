import { Box, Button, Group, Select } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import type { Usable } from "../api/catalog.ts";
import { AddDestination } from "../destinations/add-destination.tsx";

interface DestinationSelectProps {
  readonly usable: Usable;
  readonly value: string;
  readonly description?: string | undefined;
  readonly error?: string | undefined;
  readonly onChange: (destination: string) => void;
}

/** Which system of the user's own gets a message; one that is not there yet is added here, and all else stays as it was typed. */
export function DestinationSelect({ usable, value, onChange, ...words }: DestinationSelectProps) {
  const [isAdding, { open, close }] = useDisclosure();
  const { destinations } = usable.catalog;
  // A name means the same destination.
  const known = destinations.find(({ id, name }) => id === value || name === value);
  const others = value !== "" && known === undefined ? [{ value, label: value }] : [];
  return (
    <>
      <Select
        {...words}
        label="Destination"
        required
        searchable
        allowDeselect={false}
        placeholder="Choose a destination"
        nothingFoundMessage={destinations.length === 0 ? "There is no destination yet" : "There is no destination with this name"}
        data={[...destinations.map(({ id, name }) => ({ value: id, label: name })), ...others]}
        value={known?.id ?? (value || null)}
        onChange={(destination) => destination !== null && onChange(destination)}
        inputContainer={(input) => (
          <Group gap="sm">
            <Box flex="1 1 16rem">{input}</Box>
            <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
              Add a destination
            </Button>
          </Group>
        )}
      />
      <AddDestination isOpen={isAdding} onClose={close} onAdded={({ id }) => onChange(id)} />
    </>
  );
}

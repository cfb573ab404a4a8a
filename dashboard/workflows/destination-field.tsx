import { Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { AddDestination } from "../destinations/add-destination.tsx";
import { DestinationSelect, type DestinationSelectProps } from "./destination-select.tsx";
import { FieldNotes } from "./fields/field-notes.tsx";

/** The destination of a step, and what is wrong with it; one that is not there yet is added here, and the draft stays as it is. */
export function DestinationField(props: DestinationSelectProps) {
  const [isAdding, { open, close }] = useDisclosure();
  return (
    <div>
      <Group align="flex-end" gap="sm">
        <DestinationSelect description="The system of yours that receives the message." {...props} />
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
          Add a destination
        </Button>
      </Group>
      <FieldNotes pointer="/destination" />
      <AddDestination isOpen={isAdding} onClose={close} onAdded={({ id }) => props.onChange(id)} />
    </div>
  );
}

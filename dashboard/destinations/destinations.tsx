import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useLocation } from "wouter";
import { SectionHead } from "../settings/section-head.tsx";
import { AddDestination } from "./add-destination.tsx";
import { DestinationList } from "./destination-list.tsx";

/** The systems of the project's own that messages are sent to. */
export function Destinations() {
  const [isAdding, { open, close }] = useDisclosure();
  const [, navigate] = useLocation();
  return (
    <section>
      <SectionHead
        title="Destinations"
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
            Add a destination
          </Button>
        }
      >
        A destination is the URL of a system of your own. Workflows send it messages, signed so that it can verify them.
      </SectionHead>
      <DestinationList onAdd={open} />
      <AddDestination
        isOpen={isAdding}
        onClose={close}
        onSaved={({ id }) => navigate(`/settings/destinations/${encodeURIComponent(id)}`)}
      />
    </section>
  );
}

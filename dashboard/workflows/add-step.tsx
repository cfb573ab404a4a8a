import { Button, Combobox, ScrollArea, Text, useCombobox } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { createSearch } from "../../text/fold.ts";
import type { Usable } from "../api/catalog.ts";
import type { Choice } from "./new-step.ts";

interface AddStepProps {
  readonly usable: Usable;
  readonly onAdd: (choice: Choice) => void;
}

interface Entry {
  readonly key: string;
  readonly label: string;
  readonly about: string;
  readonly group: string;
  readonly choice: Choice;
}

/** What can be added, by what it does: the connectors' operations, and what a workflow does by itself. */
export function AddStep({ usable, onAdd }: AddStepProps) {
  const [search, setSearch] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const all = entriesOf(usable);
  const isFound = createSearch(search);
  const found = all.filter(({ label, about }) => isFound(label, about));
  const groups = [...new Set(found.map(({ group }) => group))];
  return (
    <Combobox
      store={combobox}
      position="bottom-start"
      width={360}
      withinPortal
      onOptionSubmit={(key) => {
        const entry = all.find((one) => one.key === key);
        combobox.closeDropdown();
        if (entry) onAdd(entry.choice);
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <Button
          variant="light"
          leftSection={<IconPlus size={16} aria-hidden />}
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          onClick={() => combobox.toggleDropdown()}
        >
          Add a step
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={({ currentTarget }) => {
            setSearch(currentTarget.value);
            combobox.updateSelectedOptionIndex();
          }}
          placeholder="Search steps"
          aria-label="Search steps"
        />
        <Combobox.Options aria-label="Kinds of steps">
          <ScrollArea.Autosize mah={320} type="auto">
            {groups.map((group) => (
              <Combobox.Group key={group} label={group}>
                {found
                  .filter((entry) => entry.group === group)
                  .map(({ key, label, about }) => (
                    <Combobox.Option key={key} value={key}>
                      <Text size="sm">{label}</Text>
                      <Text size="xs" c="dimmed" lineClamp={1}>
                        {about}
                      </Text>
                    </Combobox.Option>
                  ))}
              </Combobox.Group>
            ))}
            {found.length === 0 && <Combobox.Empty>No step has this name</Combobox.Empty>}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function entriesOf({ connectors }: Usable): readonly Entry[] {
  const operations = Object.values(connectors).flatMap((connector) =>
    Object.entries(connector.operations).map(([name, { title, description, effect }]) => ({
      key: `${connector.id} ${name}`,
      label: title,
      about: description,
      group: `${connector.name}: ${effect === "read" ? "read" : "change"}`,
      choice: { kind: "operation" as const, connector, operation: name },
      isRead: effect === "read",
    })),
  );
  return [
    { key: "send", label: "Send a message", about: "To a system of your own", group: "Workflow", choice: { kind: "send" } },
    { key: "wait", label: "Wait", about: "For a while, or until a time", group: "Workflow", choice: { kind: "wait" } },
    {
      key: "approval",
      label: "Ask for approval",
      about: "A person decides whether the run continues",
      group: "Workflow",
      choice: { kind: "approval" },
    },
    ...operations.filter(({ isRead }) => isRead),
    ...operations.filter(({ isRead }) => !isRead),
  ];
}

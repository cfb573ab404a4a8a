import { Combobox, Group, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import classes from "./pick-list-menu.module.css";
import type { PickList } from "./use-pick-list.ts";

/** The menu of a pick list: what matches, what is typed as it is, and in words why there is nothing. */
export function PickListMenu({
  pickList: { shown, hidden, state, isOfRecord },
  chosen,
  search,
  labelledBy,
}: {
  pickList: PickList;
  chosen: readonly string[];
  search: string;
  labelledBy: string;
}) {
  const typed = search.trim();
  const isListed = shown.some(({ value }) => value === typed) || chosen.includes(typed);
  return (
    <Combobox.Dropdown>
      <Combobox.Options labelledBy={labelledBy} className={classes.options}>
        {shown.map(({ value, label, detail }) => (
          <Combobox.Option key={value} value={value} active={chosen.includes(value)}>
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <div>
                <Text size="sm">{label}</Text>
                {detail && (
                  <Text size="xs" c="dimmed">
                    {detail}
                  </Text>
                )}
              </div>
              {chosen.includes(value) && <IconCheck size={16} aria-hidden />}
            </Group>
          </Combobox.Option>
        ))}
        {/* While names are still being searched, typed text is part of a name and no id. */}
        {typed !== "" && !isListed && state !== "loading" && (
          <Combobox.Option value={typed}>
            <Text size="sm">Use “{typed}” as it is typed</Text>
          </Combobox.Option>
        )}
        {hidden > 0 && <Hint>{hidden.toLocaleString("en")} more: type a part of the name</Hint>}
        {shown.length === 0 && <Hint>{(isOfRecord ? NOTHING_IN_RECORD : NOTHING)[state](typed)}</Hint>}
      </Combobox.Options>
    </Combobox.Dropdown>
  );
}

const NOTHING: Record<PickList["state"], (typed: string) => string> = {
  idle: () => "Choose a credential to see the list, or type an ID",
  loading: () => "Reading the list …",
  failed: () => "The list could not be read; you can type an ID",
  ready: (typed) => (typed === "" ? "The list is empty" : "No name matches"),
};

const NOTHING_IN_RECORD: typeof NOTHING = {
  idle: () => "Fill in the ID first to choose from what is there, or type a value",
  loading: () => "Reading the record …",
  failed: () => "The record could not be read; you can type a value",
  ready: (typed) => (typed === "" ? "There is nothing to remove" : "There is nothing with this name"),
};

/** Not an option: it cannot be chosen, and screen readers hear it as the list's empty state. */
function Hint({ children }: { children: React.ReactNode }) {
  return <Combobox.Empty>{children}</Combobox.Empty>;
}

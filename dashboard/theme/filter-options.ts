import { type ComboboxParsedItem, isOptionsGroup, type OptionsFilter } from "@mantine/core";
import { createSearch } from "../../text/fold.ts";

/** What menus that can be typed into show: the same comparison as everywhere else. */
export const filterOptions: OptionsFilter = ({ options, search, limit }) => {
  const isFound = createSearch(search);
  const found = options.flatMap<ComboboxParsedItem>((item) => {
    if (!isOptionsGroup(item)) return isFound(item.label) ? [item] : [];
    const items = item.items.filter(({ label }) => isFound(label));
    return items.length > 0 ? [{ ...item, items }] : [];
  });
  return found.slice(0, limit);
};

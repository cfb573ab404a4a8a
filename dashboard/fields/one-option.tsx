import { Combobox, InputBase, useCombobox } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useState } from "react";
import { PickListAge } from "./pick-list-age.tsx";
import { PickListMenu } from "./pick-list-menu.tsx";
import type { One, PickListProps } from "./pick-list-props.ts";
import { usePickList } from "./use-pick-list.ts";

export function OneOption({ credential, list, value, onChange, multiple: _, id: givenId, ...field }: PickListProps & One) {
  const id = useId(givenId);
  const [isWanted, setIsWanted] = useState(false);
  /** What is typed; null while nothing was, and the chosen name is shown. */
  const [typed, setTyped] = useState<string | null>(null);
  const search = typed ?? "";
  const chosen = value === null ? [] : [value];
  const pickList = usePickList({ credential, list, search, chosen, isWanted: isWanted || value !== null });
  const combobox = useCombobox({
    onDropdownOpen: () => setIsWanted(true),
    onDropdownClose: () => combobox.resetSelectedOption(),
  });
  const option = value === null ? undefined : pickList.optionOf(value);
  // What Enter takes is the first that matches, also when the matches come later than the typing.
  const first = typed === null ? undefined : `${typed} ${pickList.shown[0]?.value}`;
  useEffect(() => {
    if (first !== undefined) combobox.selectFirstOption();
  }, [first, combobox.selectFirstOption]);

  function choose(one: string | null) {
    setTyped(null);
    combobox.closeDropdown();
    if (one !== value) onChange(one);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") setTyped(null);
    // What is typed is not chosen yet: a form around it is not to be sent without it.
    if (event.key === "Enter" && typed !== null) event.preventDefault();
  }

  /** Left without choosing: a name or id that was typed out counts, half a name does not. */
  function leave() {
    if (typed === null) return combobox.closeDropdown();
    const text = typed.trim();
    const exact = pickList.shown.filter((one) => one.value === text || one.label === text);
    if (text === "") choose(null);
    else if (exact.length === 1 || pickList.shown.length === 0) choose(exact[0]?.value ?? text);
    else choose(value);
  }

  return (
    <div>
      <Combobox store={combobox} onOptionSubmit={choose} disabled={field.disabled ?? false}>
        <Combobox.Target autoComplete="off" withExpandedAttribute>
          <InputBase
            {...field}
            id={id}
            spellCheck={false}
            value={typed ?? option?.label ?? ""}
            onChange={({ currentTarget }) => {
              setTyped(currentTarget.value);
              combobox.openDropdown();
            }}
            onClick={() => combobox.openDropdown()}
            onFocus={({ currentTarget }) => currentTarget.select()}
            onKeyDown={onKeyDown}
            onBlur={leave}
            rightSection={
              value !== null && !field.disabled ? (
                <Combobox.ClearButton aria-label="Clear" aria-hidden={false} tabIndex={0} onClear={() => choose(null)} />
              ) : (
                <Combobox.Chevron />
              )
            }
            rightSectionPointerEvents={value === null ? "none" : "all"}
          />
        </Combobox.Target>
        <PickListMenu pickList={pickList} chosen={chosen} search={search} labelledBy={`${id}-label`} />
      </Combobox>
      <PickListAge
        pickList={pickList}
        note={option?.isUnlisted ? "Not in the list, used as it is" : option?.detail}
        disabled={field.disabled ?? false}
      />
    </div>
  );
}

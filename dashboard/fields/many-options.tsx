import { Combobox, Pill, PillsInput, useCombobox } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useState } from "react";
import { PickListAge } from "./pick-list-age.tsx";
import { PickListMenu } from "./pick-list-menu.tsx";
import type { Many, PickListProps } from "./pick-list-props.ts";
import { useLeave } from "./use-leave.ts";
import { usePickList } from "./use-pick-list.ts";

export function ManyOptions({
  credential,
  list,
  record,
  value,
  onChange,
  multiple: _,
  id: givenId,
  placeholder,
  ...field
}: PickListProps & Many) {
  const id = useId(givenId);
  const [isWanted, setIsWanted] = useState(false);
  const [search, setSearch] = useState("");
  const combobox = useCombobox({
    onDropdownOpen: () => setIsWanted(true),
    onDropdownClose: () => combobox.resetSelectedOption(),
  });
  // A record is read each time that its values are looked at, and not while its id is being typed.
  const isNamed = record === undefined ? isWanted || value.length > 0 : combobox.dropdownOpened;
  const pickList = usePickList({ credential, list, record, search, chosen: value, isWanted: isNamed });
  const isDisabled = field.disabled ?? false;
  // What Enter takes is the first that matches, also when the matches come later than the typing.
  const first = search === "" ? undefined : `${search} ${pickList.shown[0]?.value}`;
  useEffect(() => {
    if (first !== undefined) combobox.selectFirstOption();
  }, [first, combobox.selectFirstOption]);

  function add(...added: string[]) {
    setSearch("");
    onChange([...new Set([...value, ...added])]);
  }

  const remove = (removed: string) => onChange(value.filter((one) => one !== removed));

  function toggle(chosen: string) {
    setSearch("");
    if (value.includes(chosen)) remove(chosen);
    else add(chosen);
  }

  /** Left without choosing: a name or id that was typed out counts, half a name does not. */
  const leave = useLeave(() => {
    const text = search.trim();
    const exact = pickList.shown.filter((one) => one.value === text || one.label === text);
    if (text !== "" && (exact.length === 1 || pickList.shown.length === 0)) add(exact[0]?.value ?? text);
    else setSearch("");
  });

  function onBlur() {
    combobox.closeDropdown();
    leave();
  }

  function onKeyDown(event: KeyboardEvent) {
    const last = value.at(-1);
    if (event.key === "Escape") setSearch("");
    // What is typed is not chosen yet: a form around it is not to be sent without it.
    if (event.key === "Enter" && search !== "") event.preventDefault();
    if (event.key !== "Backspace" || search !== "" || last === undefined) return;
    event.preventDefault();
    remove(last);
  }

  /** Several lines at once, as from a spreadsheet. */
  function onPaste(event: ClipboardEvent) {
    const lines = event.clipboardData
      .getData("text")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
    if (lines.length < 2) return;
    event.preventDefault();
    add(...lines);
  }

  return (
    <div>
      <Combobox store={combobox} onOptionSubmit={toggle} disabled={isDisabled}>
        <Combobox.DropdownTarget>
          <PillsInput {...field} id={id} onClick={() => combobox.openDropdown()}>
            <Pill.Group>
              {value.map((one) => {
                const { label } = pickList.optionOf(one);
                return (
                  <Pill
                    key={one}
                    withRemoveButton={!isDisabled}
                    onRemove={() => remove(one)}
                    removeButtonProps={{ "aria-label": `Remove ${label}`, tabIndex: 0, "aria-hidden": false }}
                  >
                    {label}
                  </Pill>
                );
              })}
              <Combobox.EventsTarget autoComplete="off" withExpandedAttribute>
                <PillsInput.Field
                  id={id}
                  spellCheck={false}
                  disabled={isDisabled}
                  placeholder={value.length === 0 ? placeholder : undefined}
                  value={search}
                  onChange={({ currentTarget }) => {
                    setSearch(currentTarget.value);
                    combobox.openDropdown();
                  }}
                  onBlur={onBlur}
                  onKeyDown={onKeyDown}
                  onPaste={onPaste}
                />
              </Combobox.EventsTarget>
            </Pill.Group>
          </PillsInput>
        </Combobox.DropdownTarget>
        <PickListMenu pickList={pickList} chosen={value} search={search} labelledBy={`${id}-label`} />
      </Combobox>
      <PickListAge pickList={pickList} disabled={isDisabled} />
    </div>
  );
}

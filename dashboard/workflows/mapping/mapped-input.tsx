import { Input, Popover, Text } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { type KeyboardEvent, type MouseEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import "./mapping.css";
import { ExpressionEditor } from "./expression-editor.tsx";
import classes from "./mapped-input.module.css";
import { useMappingScope } from "./mapping-scope.ts";
import { beforeCursor, draw, insertPill, pillBeforeCursor, setCursorAtEnd, toText, turnTypedIntoPills } from "./pill-text.ts";
import { ScopeMenu } from "./scope-menu.tsx";
import type { ScopeNode } from "./scope-tree.ts";
import { isTemplateWrong } from "./template-faults.ts";
import { openedBefore, toPillLabel } from "./template-text.ts";
import { useValueMenu } from "./use-value-menu.ts";
import { valueAtPath } from "./value-at-path.ts";

/** Values that the field offers beside mappings. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly detail?: string | undefined;
}

export interface MappedInputProps {
  readonly label: string;
  readonly hidesLabel?: boolean;
  readonly description?: ReactNode;
  readonly required?: boolean;
  readonly placeholder?: string | undefined;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** A value of the tree was picked while the field was empty: it is the whole. */
  readonly onPickWhole?: ((node: ScopeNode) => boolean) | undefined;
  /** What is wrong, or what comes out; below the field. */
  readonly notes?: ReactNode;
  readonly isWrong?: boolean;
  readonly isMultiline?: boolean;
  readonly isCode?: boolean;
  readonly choices?: readonly Choice[] | undefined;
  readonly choicesNote?: string | undefined;
  readonly nameOf?: ((value: string) => string | undefined) | undefined;
  readonly onSearch?: ((search: string) => void) | undefined;
}

/**
 * A field for text in which values of the run can stand. `{{` opens the menu of what is available; what is picked, or typed out, is a pill, and the
 * text around it stays text. Keys: arrows move, → and ← unfold and fold, Enter or Tab picks, Escape closes; Enter behind a pill opens it.
 */
export function MappedInput(props: MappedInputProps) {
  const { label, hidesLabel, description, required, placeholder, value, onChange, notes, isWrong, isMultiline, isCode } = props;
  const id = useId();
  const scope = useMappingScope();
  const field = useRef<HTMLDivElement>(null);
  const menu = useValueMenu(scope.schema);
  const [hasFocus, setHasFocus] = useState(false);
  const [activeChoice, setActiveChoice] = useState(-1);
  const [isDismissed, setIsDismissed] = useState(false);
  /** The expression of the pill that is open, and which one it is. */
  const [opened, setOpened] = useState<{ readonly expression: string; readonly at: number }>();
  const words = {
    labelOf: (expression: string) => toPillLabel(expression, scope.titleOf),
    nameOf: props.nameOf,
    isWrong: isTemplateWrong,
  };
  const choices = props.choices ?? [];
  const areChoicesShown =
    hasFocus && !menu.isShown && !isDismissed && opened === undefined && props.choices !== undefined && !value.includes("{{");

  // Drawn by hand: what a person is typing into cannot be React's.
  const names = value === "" ? undefined : words.nameOf?.(value);
  const titles = scope.schema.steps.map(({ title }) => title).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a name that came later, or a step that was renamed, is drawn anew
  useLayoutEffect(() => {
    const root = field.current as HTMLDivElement;
    const isTyping = document.activeElement === root;
    if (toText(root) === value && isTyping) return;
    draw(root, value, words);
    if (isTyping) setCursorAtEnd(root);
  }, [value, names, titles]);

  function changed(): void {
    const root = field.current as HTMLDivElement;
    turnTypedIntoPills(root, words);
    const text = toText(root);
    setIsDismissed(false);
    setActiveChoice(-1);
    follow();
    if (text === value) return;
    onChange(text);
    props.onSearch?.(text);
  }

  /** Opens or closes the menu by what stands before the cursor. */
  function follow(): void {
    const opened = openedBefore(beforeCursor(field.current as HTMLDivElement)?.text ?? "");
    if (opened === undefined) menu.close();
    else menu.open(opened);
  }

  function pick(node: ScopeNode): void {
    const root = field.current as HTMLDivElement;
    const isAll = /^\s*(?:\{\{[^{}]*)?$/.test(toText(root));
    menu.close();
    if (isAll && props.onPickWhole?.(node)) return;
    insertPill(root, `{{ ${node.path} }}`, words);
    onChange(toText(root));
  }

  function choose({ value: chosen }: Choice): void {
    onChange(chosen);
    setIsDismissed(true);
    const root = field.current as HTMLDivElement;
    draw(root, chosen, words);
    setCursorAtEnd(root);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    if (menu.isShown ? menuKey(event) : areChoicesShown && choices.length > 0 ? choiceKey(event) : fieldKey(event))
      event.preventDefault();
  }

  function menuKey({ key, shiftKey }: KeyboardEvent): boolean {
    const { current } = menu;
    if (key === "ArrowDown" || key === "ArrowUp") menu.move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Escape") menu.close();
    else if ((key === "ArrowRight" || key === "ArrowLeft") && current?.hasChildren && !menu.isSearched) {
      if (menu.isOpen(current.path) === (key === "ArrowRight")) return true;
      menu.toggle(current);
    } else if ((key === "Enter" || (key === "Tab" && !shiftKey)) && current) {
      if (current.isHeading) menu.toggle(current);
      else pick(current);
    } else return false;
    return true;
  }

  function choiceKey(event: KeyboardEvent): boolean {
    const chosen = choices[activeChoice];
    if (event.key === "ArrowDown") setActiveChoice(Math.min(choices.length - 1, activeChoice + 1));
    else if (event.key === "ArrowUp") setActiveChoice(Math.max(0, activeChoice - 1));
    else if (event.key === "Escape") setIsDismissed(true);
    else if (event.key === "Enter" && chosen) choose(chosen);
    else return fieldKey(event);
    return true;
  }

  function fieldKey({ key }: KeyboardEvent): boolean {
    const root = field.current as HTMLDivElement;
    const before = pillBeforeCursor(root);
    if (key === "Enter" && before?.dataset.expression !== undefined) {
      openPill(before);
      return true;
    }
    if (key === "Backspace" && before) {
      before.remove();
      changed();
      return true;
    }
    if (key === "ArrowDown" && isDismissed && props.choices !== undefined) {
      setIsDismissed(false);
      return true;
    }
    return key === "Enter" && !isMultiline;
  }

  function openPill(pill: HTMLElement): void {
    const root = field.current as HTMLDivElement;
    const at = [...root.querySelectorAll("[data-expression]")].indexOf(pill);
    setOpened({ expression: pill.dataset.expression ?? "", at });
  }

  function onClick({ target }: MouseEvent): void {
    const pill = (target as HTMLElement).closest<HTMLElement>("[data-expression]");
    if (pill) openPill(pill);
    else {
      setIsDismissed(false);
      follow();
    }
  }

  /** The open pill has been changed, or was taken away. */
  function apply(expression: string | undefined): void {
    const root = field.current as HTMLDivElement;
    const pill = root.querySelectorAll<HTMLElement>("[data-expression]")[opened?.at ?? 0];
    setOpened(undefined);
    if (pill) {
      if (expression === undefined) pill.remove();
      else pill.dataset.written = `{{ ${expression} }}`;
      const text = toText(root);
      draw(root, text, words);
      onChange(text);
    }
    root.focus();
    setCursorAtEnd(root);
  }

  const isEmpty = value === "";
  const isMenuShown = (menu.isShown && hasFocus) || (areChoicesShown && (choices.length > 0 || props.choicesNote !== undefined));
  return (
    <Input.Wrapper
      label={hidesLabel ? undefined : label}
      labelElement="div"
      labelProps={{ id: `${id}-label` }}
      required={required}
      description={description}
      descriptionProps={{ id: `${id}-about` }}
    >
      <Popover
        opened={isMenuShown || opened !== undefined}
        position="bottom-start"
        width="target"
        withinPortal
        withRoles={false}
        trapFocus={false}
        returnFocus={false}
        shadow="md"
      >
        <Popover.Target>
          <div
            ref={field}
            role="combobox"
            tabIndex={0}
            contentEditable="plaintext-only"
            suppressContentEditableWarning
            spellCheck={false}
            aria-label={hidesLabel ? label : undefined}
            aria-labelledby={hidesLabel ? undefined : `${id}-label`}
            aria-describedby={description ? `${id}-about ${id}-notes` : `${id}-notes`}
            aria-expanded={isMenuShown}
            aria-haspopup={menu.isShown ? "tree" : "listbox"}
            aria-controls={isMenuShown ? `${id}-menu` : undefined}
            aria-activedescendant={
              menu.isShown
                ? `${id}-menu-${menu.active}`
                : areChoicesShown && activeChoice >= 0
                  ? `${id}-menu-${activeChoice}`
                  : undefined
            }
            aria-invalid={isWrong || undefined}
            aria-required={required}
            data-multiline={isMultiline || undefined}
            data-code={isCode || undefined}
            data-empty={isEmpty || undefined}
            data-placeholder={placeholder}
            className={classes.field}
            onInput={changed}
            onKeyDown={onKeyDown}
            onClick={onClick}
            onFocus={() => {
              setHasFocus(true);
              props.onSearch?.(value);
            }}
            onBlur={() => {
              setHasFocus(false);
              menu.close();
              const root = field.current as HTMLDivElement;
              draw(root, value, words);
            }}
          />
        </Popover.Target>
        <Popover.Dropdown p={6} miw="min(24rem, 90vw)">
          {opened !== undefined ? (
            <ExpressionEditor
              key={opened.at}
              expression={opened.expression}
              onApply={apply}
              onClose={() => {
                setOpened(undefined);
                field.current?.focus();
              }}
            />
          ) : menu.isShown ? (
            <ScopeMenu
              id={`${id}-menu`}
              rows={menu.rows}
              active={menu.active}
              isSearched={menu.isSearched}
              isOpen={menu.isOpen}
              sampleOf={(path) => valueAtPath(scope.values, path)}
              onPick={pick}
              onToggle={menu.toggle}
            />
          ) : (
            <Choices
              id={`${id}-menu`}
              label={label}
              choices={choices}
              note={props.choicesNote}
              active={activeChoice}
              onChoose={choose}
            />
          )}
        </Popover.Dropdown>
      </Popover>
      <div id={`${id}-notes`}>{notes}</div>
    </Input.Wrapper>
  );
}

interface ChoicesProps {
  readonly id: string;
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly note: string | undefined;
  readonly active: number;
  readonly onChoose: (choice: Choice) => void;
}

function Choices({ id, label, choices, note, active, onChoose }: ChoicesProps) {
  return (
    <>
      {choices.length > 0 && (
        <div id={id} role="listbox" aria-label={label} tabIndex={0} className={classes.menu}>
          {choices.map((choice, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field's own keys do the same
            <div
              key={choice.value}
              id={`${id}-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === active}
              data-active={at === active || undefined}
              className={classes.row}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChoose(choice)}
            >
              <span className={classes.label}>
                <Text span size="sm">
                  {choice.label}
                </Text>
                {choice.detail && (
                  <Text span size="xs" c="dimmed" ml={8}>
                    {choice.detail}
                  </Text>
                )}
              </span>
            </div>
          ))}
        </div>
      )}
      <Text size="xs" c="dimmed" px={8} py={4}>
        {note ?? `Type {{ to use a value of the run.`}
      </Text>
    </>
  );
}

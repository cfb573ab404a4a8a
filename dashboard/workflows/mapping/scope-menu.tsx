import { Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import classes from "./mapped-input.module.css";
import type { ScopeNode } from "./scope-tree.ts";

export interface ScopeMenuProps {
  readonly id: string;
  readonly rows: readonly ScopeNode[];
  readonly active: number;
  readonly isSearched: boolean;
  readonly isOpen: (path: string) => boolean;
  readonly sampleOf: (path: string) => unknown;
  readonly onPick: (node: ScopeNode) => void;
  readonly onToggle: (node: ScopeNode) => void;
}

/** What an expression can name here, as a tree. The focus stays in the field: its keys move through the rows. */
export function ScopeMenu({ id, rows, active, isSearched, isOpen, sampleOf, onPick, onToggle }: ScopeMenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  // Within the menu alone: it may not have its place on the page yet, which would be scrolled to as well.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whichever row it is, it comes into sight
  useEffect(() => showRow(menu.current, active), [active, rows]);
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed" p="xs" role="status">
        {isSearched
          ? "Nothing with this name is available here."
          : "Nothing is available here yet: give the trigger an input first."}
      </Text>
    );
  return (
    <div ref={menu} id={id} role="tree" tabIndex={0} aria-label="Available values" className={classes.menu}>
      {rows.map((node, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field's own keys do the same
        <div
          key={node.path}
          id={`${id}-${at}`}
          role="treeitem"
          tabIndex={-1}
          aria-level={isSearched ? 1 : node.depth + 1}
          aria-selected={at === active}
          aria-expanded={node.hasChildren && !isSearched ? isOpen(node.path) : undefined}
          data-active={at === active || undefined}
          data-heading={node.isHeading || undefined}
          className={classes.row}
          style={{ paddingInlineStart: 8 + (isSearched ? 0 : node.depth * 14) }}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => (node.isHeading ? onToggle(node) : onPick(node))}
        >
          <Row node={node} isSearched={isSearched} isOpen={isOpen(node.path)} sample={sampleOf(node.path)} onToggle={onToggle} />
        </div>
      ))}
    </div>
  );
}

function showRow(menu: HTMLElement | null, at: number): void {
  const row = menu?.children[at];
  if (!menu || !(row instanceof HTMLElement)) return;
  const top = row.offsetTop - menu.offsetTop;
  if (top < menu.scrollTop) menu.scrollTop = top;
  else if (top + row.offsetHeight > menu.scrollTop + menu.clientHeight)
    menu.scrollTop = top + row.offsetHeight - menu.clientHeight;
}

interface RowProps {
  readonly node: ScopeNode;
  readonly isSearched: boolean;
  readonly isOpen: boolean;
  readonly sample: unknown;
  readonly onToggle: (node: ScopeNode) => void;
}

function Row({ node, isSearched, isOpen, sample, onToggle }: RowProps) {
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <>
      {node.hasChildren && !isSearched && (
        <span
          aria-hidden
          onClick={(event) => {
            event.stopPropagation();
            onToggle(node);
          }}
        >
          <Chevron size={14} />
        </span>
      )}
      <span className={classes.label}>
        <Text span size="sm" fw={node.isHeading ? 650 : 500}>
          {isSearched ? node.path.replace(/^steps\.[^.]+\.output\./, "") : node.label}
        </Text>
        {node.type !== "" && (
          <Text span size="xs" c="dimmed" ml={8}>
            {node.type}
          </Text>
        )}
      </span>
      {!node.isHeading && !node.hasChildren && (
        <Text span size="xs" c="dimmed" className={classes.sample}>
          {toSampleText(sample)}
        </Text>
      )}
    </>
  );
}

export function toSampleText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

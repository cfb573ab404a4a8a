import { createSearch } from "../../../text/fold.ts";
import type { Schema } from "../../api/connector.ts";
import { toTypeWords } from "../../fields/schema-words.ts";
import { childrenOf, type ScopeSchema } from "./scope-schema.ts";

/** Something that an expression can name, or a heading above such things. */
export interface ScopeNode {
  /** As it is written in an expression. */
  readonly path: string;
  readonly label: string;
  readonly depth: number;
  readonly schema: Schema;
  /** Headings cannot be picked. */
  readonly isHeading: boolean;
  readonly hasChildren: boolean;
  readonly type: string;
  readonly description: string | undefined;
}

/** Deeper than this nobody looks; a path can still be typed. */
const DEEPEST = 7;
const MOST_FOUND = 60;

/** The rows of the menu: what is open, or with a search all that match by name, path or description. */
export function rowsOf(
  scope: ScopeSchema,
  { isOpen, search }: { isOpen: (path: string) => boolean; search: string },
): ScopeNode[] {
  const wanted = search.trim();
  if (wanted === "") return rootsOf(scope).flatMap((root) => withChildren(root, isOpen));
  const isFound = createSearch(wanted);
  const all = rootsOf(scope).flatMap((root) => withChildren(root, () => true));
  const matches = all.filter(({ isHeading, path, label }) => !isHeading && (isFound(label) || isFound(path)));
  const byName = (node: ScopeNode) => (createSearch(wanted)(node.label) ? 0 : 1);
  return matches.sort((a, b) => byName(a) - byName(b) || a.depth - b.depth).slice(0, MOST_FOUND);
}

/** What is unfolded when the menu opens: down to the fields of what a step gives. */
export function isOpenAtFirst(path: string): boolean {
  return path !== "run" && !/\.(data|input|items)\.|^item\./.test(path);
}

function rootsOf({ trigger, steps, item, run }: ScopeSchema): ScopeNode[] {
  return [
    ...(item === undefined ? [] : [node("item", "Item", 0, item, false)]),
    node("trigger", "Trigger", 0, trigger, true),
    ...[...steps].reverse().map(({ id, title, schema }) => node(`steps.${id}`, title, 0, schema, true)),
    node("run", "Run", 0, run, true),
  ];
}

function withChildren(parent: ScopeNode, isOpen: (path: string) => boolean): ScopeNode[] {
  if (!parent.hasChildren || !isOpen(parent.path) || parent.depth >= DEEPEST) return [parent];
  const below = childrenOf(parent.schema).flatMap(({ name, schema }) =>
    withChildren(node(join(parent.path, name), name, parent.depth + 1, schema, false), isOpen),
  );
  return [parent, ...below];
}

function node(path: string, label: string, depth: number, schema: Schema, isHeading: boolean): ScopeNode {
  const hasChildren = depth < DEEPEST && childrenOf(schema).length > 0;
  const type = isHeading ? "" : toTypeWords(schema);
  return { path, label, depth, schema, isHeading, hasChildren, type, description: schema.description };
}

function join(path: string, name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

import { innerOf, partsOf } from "./template-text.ts";

/**
 * The text of a field as the browser edits it: plain text, in which each expression is one pill that cannot be typed into. What is written
 * and what is shown are turned into each other here and nowhere else.
 */
export interface PillWords {
  readonly labelOf: (expression: string) => string;
  /** The name of a whole literal that people do not write themselves, such as the id of a stage. */
  readonly nameOf?: ((value: string) => string | undefined) | undefined;
  readonly isWrong: (expression: string) => boolean;
}

/** Lets the cursor stand behind a pill at the end; never part of the text. */
const BLANK = "\u200b";

export function toText(root: Node): string {
  let text = "";
  for (const node of root.childNodes) {
    if (node instanceof Text) text += node.data.replaceAll(BLANK, "").replaceAll("\u00a0", " ");
    else if (node instanceof HTMLElement) text += node.dataset.written ?? (node.tagName === "BR" ? "" : toText(node));
  }
  return text;
}

export function draw(root: HTMLElement, text: string, words: PillWords): void {
  const name = text === "" ? undefined : words.nameOf?.(text);
  const nodes =
    name === undefined
      ? partsOf(text).map((part) => (part.kind === "text" ? document.createTextNode(part.text) : pill(part.text, words)))
      : [literalPill(text, name)];
  const last = nodes.at(-1);
  root.replaceChildren(...nodes, ...(last instanceof HTMLElement ? [document.createTextNode(BLANK)] : []));
}

function pill(expression: string, { labelOf, isWrong }: Omit<PillWords, "nameOf">): HTMLElement {
  const made = document.createElement("span");
  made.contentEditable = "false";
  made.className = "mapping-pill";
  made.dataset.written = expression;
  made.dataset.expression = innerOf(expression);
  if (isWrong(expression)) made.dataset.wrong = "";
  made.title = expression;
  made.textContent = labelOf(expression);
  return made;
}

function literalPill(value: string, name: string): HTMLElement {
  const made = document.createElement("span");
  made.contentEditable = "false";
  made.className = "mapping-pill";
  made.dataset.written = value;
  made.dataset.literal = "";
  made.title = value;
  made.textContent = name;
  return made;
}

/** The text before the cursor in the piece of text that it stands in, and where that is; undefined where it stands in none. */
export function beforeCursor(
  root: HTMLElement,
): { readonly node: Text; readonly offset: number; readonly text: string } | undefined {
  const selection = document.getSelection();
  const node = selection?.focusNode;
  if (!selection?.isCollapsed || !(node instanceof Text) || !root.contains(node)) return undefined;
  return { node, offset: selection.focusOffset, text: node.data.slice(0, selection.focusOffset) };
}

/** Puts an expression in place of what was typed from `{{` on; at the end where nothing was. */
export function insertPill(root: HTMLElement, expression: string, words: Omit<PillWords, "nameOf">): void {
  const made = pill(expression, words);
  const at = beforeCursor(root);
  const from = at?.text.lastIndexOf("{{") ?? -1;
  if (at === undefined || from === -1) {
    root.append(made);
  } else {
    const rest = at.node.splitText(at.offset);
    at.node.data = at.node.data.slice(0, from);
    rest.before(made);
  }
  if (!(made.nextSibling instanceof Text) || made.nextSibling.data === "") made.after(document.createTextNode(BLANK));
  setCursor(made.nextSibling as Text, (made.nextSibling as Text).data.startsWith(BLANK) ? 1 : 0);
}

/** Expressions that were typed out, or pasted, become pills; the cursor stays behind the last of them. Answers whether there were any. */
export function turnTypedIntoPills(root: HTMLElement, words: PillWords): boolean {
  const at = beforeCursor(root);
  const typed = [...root.childNodes].some(
    (node) => node instanceof Text && partsOf(node.data).some(({ kind }) => kind === "expression"),
  );
  if (!typed) return false;
  const behind = at === undefined ? 0 : textBehind(root, at.node, at.offset);
  draw(root, toText(root), { ...words, nameOf: undefined });
  cursorFromEnd(root, behind);
  return true;
}

/** How much of the text stands behind the cursor. */
function textBehind(root: HTMLElement, node: Text, offset: number): number {
  const range = document.createRange();
  range.selectNodeContents(root);
  range.setStart(node, offset);
  return toText(range.cloneContents()).length;
}

function cursorFromEnd(root: HTMLElement, behind: number): void {
  let left = behind;
  for (const node of [...root.childNodes].reverse()) {
    const length =
      node instanceof Text ? node.data.replaceAll(BLANK, "").length : ((node as HTMLElement).dataset.written?.length ?? 0);
    if (node instanceof Text && left <= length) {
      setCursor(node, node.data.length - left);
      return;
    }
    left -= length;
  }
  setCursorAtEnd(root);
}

export function setCursorAtEnd(root: HTMLElement): void {
  const range = document.createRange();
  range.selectNodeContents(root);
  range.collapse(false);
  const selection = document.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

function setCursor(node: Text, offset: number): void {
  document.getSelection()?.collapse(node, Math.min(offset, node.data.length));
}

/** The pill right before the cursor. */
export function pillBeforeCursor(root: HTMLElement): HTMLElement | undefined {
  const selection = document.getSelection();
  if (!selection?.isCollapsed || selection.focusNode === null || !root.contains(selection.focusNode)) return undefined;
  const { focusNode: node, focusOffset: offset } = selection;
  const before =
    node === root
      ? root.childNodes[offset - 1]
      : node instanceof Text && node.data.slice(0, offset).replaceAll(BLANK, "") === ""
        ? node.previousSibling
        : null;
  if (before instanceof Text && before.data.replaceAll(BLANK, "") === "") return asPill(before.previousSibling);
  return asPill(before);
}

function asPill(node: Node | null | undefined): HTMLElement | undefined {
  return node instanceof HTMLElement && node.dataset.written !== undefined ? node : undefined;
}

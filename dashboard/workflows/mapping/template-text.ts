/** A part of what is written in a field: text, or an expression with its braces. */
export interface Part {
  readonly kind: "text" | "expression";
  readonly text: string;
}

/** A whole expression; braces within quotes do not end it. */
const EXPRESSION = /\{\{(?:"[^"]*"|'[^']*'|[^"'{}]|\{(?!\{)|\}(?!\}))*\}\}/g;

export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(EXPRESSION)) {
    if (found.index > from) parts.push({ kind: "text", text: text.slice(from, found.index) });
    parts.push({ kind: "expression", text: found[0] });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

/** What stands between the braces. */
export function innerOf(expression: string): string {
  return expression.slice(2, -2).trim();
}

/** What is being typed after `{{`, up to the cursor; undefined where nothing is. */
export function openedBefore(text: string): string | undefined {
  return /\{\{([^{}]*)$/.exec(text)?.[1];
}

/** An expression as people read it: the step's title and the path within what it gave, with what is done to it. */
export function toPillLabel(expression: string, titleOf: (step: string) => string | undefined): string {
  const [path = "", ...filters] = splitFilters(innerOf(expression));
  return [pathLabel(path.trim(), titleOf), ...filters.map((filter) => filter.trim())].join(" | ");
}

function pathLabel(path: string, titleOf: (step: string) => string | undefined): string {
  const [, root, rest = ""] = /^([a-z]+)(?:\.(.*))?$/s.exec(path) ?? [];
  if (root === "steps") {
    const [, id = "", within = ""] = /^([\w-]+)(?:\.(.*))?$/s.exec(rest) ?? [];
    const title = titleOf(id);
    return title === undefined ? path : [title, within.replace(/^output\./, "")].filter((part) => part !== "").join(" › ");
  }
  const name = ROOTS[root as keyof typeof ROOTS];
  if (name === undefined) return path;
  return [name, rest.replace(/^input\./, "")].filter((part) => part !== "").join(" › ");
}

const ROOTS = { trigger: "Trigger", item: "Item", run: "Run" } as const;

/** At each `|` outside of quotes. */
export function splitFilters(inner: string): string[] {
  return inner.match(/(?:"[^"]*"|'[^']*'|[^|"'])+/g) ?? [inner];
}

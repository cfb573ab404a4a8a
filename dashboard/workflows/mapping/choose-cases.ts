import { splitFilters } from "./template-text.ts";

/** One case of `choose`; `else` is the one for all others. */
export interface Case {
  readonly name: string;
  readonly value: string;
}

/** An expression that ends with `choose` of texts, taken apart; undefined where it does not. */
export function readChoose(expression: string): { readonly before: string; readonly cases: readonly Case[] } | undefined {
  const parts = splitFilters(expression);
  const last = /^\s*choose\s*:\s*(.*)$/s.exec(parts.at(-1) ?? "")?.[1];
  if (last === undefined) return undefined;
  const cases: Case[] = [];
  const rest = last.replace(
    /\s*("[^"]*"|'[^']*'|[\w-]+)\s*:\s*("[^"]*"|'[^']*')\s*(?:,|$)/g,
    (_, name: string, value: string) => {
      cases.push({ name: unquoted(name), value: unquoted(value) });
      return "";
    },
  );
  return rest.trim() === "" ? { before: parts.slice(0, -1).join("|").trim(), cases } : undefined;
}

export function writeChoose(before: string, cases: readonly Case[]): string {
  const named = cases.map(({ name, value }) => `${/^[A-Za-z_][\w-]*$/.test(name) ? name : quoted(name)}: ${quoted(value)}`);
  return `${before} | choose: ${named.join(", ")}`;
}

function unquoted(text: string): string {
  return /^["']/.test(text) ? text.slice(1, -1) : text;
}

/** In single quotes, which need no escape within JSON; Liquid has none of its own. */
function quoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  return text.includes('"') ? `'${text.replaceAll("'", "’")}'` : `"${text}"`;
}

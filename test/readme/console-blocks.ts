/** One line that a reader types, and what the page says it answers. */
export interface Step {
  readonly command: string;
  readonly expected: string;
  /** Line of the page, counted from 1. */
  readonly line: number;
}

/** The steps of all ```console blocks of a page, in order. A command ending in a backslash goes on in the next line. */
export function readSteps(markdown: string): Step[] {
  const steps: { command: string; expected: string[]; line: number }[] = [];
  let inBlock = false;
  let continued = false;
  for (const [index, text] of markdown.split("\n").entries()) {
    const last = steps.at(-1);
    if (text.startsWith("```")) inBlock = !inBlock && text === "```console";
    else if (!inBlock) continue;
    else if (continued && last) last.command += `\n${text}`;
    else if (text.startsWith("$ ")) steps.push({ command: text.slice(2), expected: [], line: index + 1 });
    else if (last) last.expected.push(text);
    continued = inBlock && text.endsWith("\\");
  }
  return steps.map(({ command, expected, line }) => ({ command, expected: expected.join("\n").trim(), line }));
}

/**
 * Hides what differs from one run to the next, and nothing else: ids and secrets that this server makes, the time now, and how long
 * things took. The playground's data is the same for everybody and is compared as it stands.
 */
export function mask(text: string): string {
  return MASKS.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text).trim();
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b(cred|key)_[a-z0-9]{26}\b/g, "$1_…"],
  [/\breq_[\w-]{16}/g, "req_…"],
  [/\bticket=[\w-]{43}/g, "ticket=…"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>"],
  [/"(durationMs|waitedMs|remaining|resetMs)":\d+/g, '"$1":0'],
  [/\b\d+ ms\b/g, "0 ms"],
  [/\b\d+ calls left\b/g, "0 calls left"],
];

/**
 * Makes the properties and lists of generated types `readonly`, by their text: the generator cannot.
 *
 * @param text as json-schema-to-typescript prints it: one property a line, comments in lines of their own
 */
export function toReadonly(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^(\s+)((?:[\w$]+|"[^"]+")\??:|\[k: string\]:)/, "$1readonly $2"));
  return withReadonlyLists(lines.join("\n"));
}

function withReadonlyLists(text: string): string {
  let done = text;
  for (let at = nextList(done, 0); at !== -1; at = nextList(done, at)) {
    const start = operandStart(done, at);
    done = `${done.slice(0, start)}readonly ${done.slice(start)}`;
    at += "readonly ".length + 2;
  }
  return done;
}

/** The next `[]` outside of comments. */
function nextList(text: string, from: number): number {
  const at = text.indexOf("[]", from);
  if (at === -1) return -1;
  const line = text.slice(text.lastIndexOf("\n", at) + 1, at);
  return /^\s*(?:\/\*)?\*/.test(line) ? nextList(text, at + 2) : at;
}

/** Where the type before a `[]` begins: a name, one of another file, or something in brackets. */
function operandStart(text: string, end: number): number {
  const imported = /import\("[^"]*"\)\.\w+$/.exec(text.slice(text.lastIndexOf("\n", end) + 1, end))?.[0];
  if (imported !== undefined) return end - imported.length;
  let depth = 0;
  for (let i = end - 1; i >= 0; i -= 1) {
    const char = text[i] as string;
    if (")}]>".includes(char)) depth += 1;
    else if ("({[<".includes(char)) depth -= 1;
    if (depth === 0 && !/[\w"\]>]/.test(text[i - 1] ?? "") && (/\w|"/.test(char) || /[({]/.test(char))) return i;
  }
  return 0;
}

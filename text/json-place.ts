/** A JSON token: a string, a bracket or sign, or any other value. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that a string may not hold
  /("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|([{}[\],:])|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const SPACE = /[ \t\r\n]*/y;
const VALUE = '"0{[';

/** Where a text stops being JSON, as "line 3, column 5"; undefined where it is JSON. What `JSON.parse` says about it depends on the version of Node. */
export function whereJsonBreaks(text: string): string | undefined {
  const open: string[] = [];
  let allowed = VALUE;
  let isKey = false;
  let at = 0;
  const next = () => (open.length === 0 ? "" : `,${open.at(-1)}`);
  for (;;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at === text.length && allowed === "") return undefined;
    TOKEN.lastIndex = at;
    const [whole = "", string, sign] = TOKEN.exec(text) ?? [];
    const kind = sign ?? (string === undefined ? "0" : '"');
    if (whole === "" || !allowed.includes(kind)) return placeOf(text, at);
    at += whole.length;
    if (kind === "{" || kind === "[") open.push(kind === "{" ? "}" : "]");
    else if (kind === "}" || kind === "]") open.pop();
    if (kind === "{") allowed = '"}';
    else if (kind === "[") allowed = `${VALUE}]`;
    else if (kind === ",") allowed = open.at(-1) === "}" ? '"' : VALUE;
    else if (kind === ":") allowed = VALUE;
    else allowed = kind === '"' && isKey ? ":" : next();
    isKey = kind === "{" || (kind === "," && open.at(-1) === "}");
  }
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

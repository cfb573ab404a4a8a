/** HTML that was put together by `html`, and is safe to be put into more of it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[] | null | undefined | false;

/** A template whose values are escaped, wherever they come from; only `Html` is taken as it is. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.map((text, i) => text + (i < values.length ? render(values[i]) : "")).join(""));
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  return typeof part === "object" ? part.map((one) => one.text).join("") : escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}

/** A whole page. Its only style sheet is our own, and it holds no script. */
export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · lever-connector</title>
<link rel="stylesheet" href="/pages/style.css">
</head>
<body>
<header><a href="/">lever-connector</a></header>
<main>
${content}
</main>
</body>
</html>
`.text;
}

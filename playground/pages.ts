import type { Answer } from "./answer.ts";

/** Text that is safe inside HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  const codes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (char) => codes[char] ?? char);
}

/** A page without scripts; styles come from a file, so that nothing inline needs to be allowed. */
export function htmlPage(page: { status?: number; title: string; body: string; formTargets?: string[] }): Answer {
  const forms = ["'self'", ...(page.formTargets ?? [])].join(" ");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<link rel="stylesheet" href="/playground.css">
</head>
<body>
<header class="bar"><a class="mark" href="/"><span aria-hidden="true"></span>Lever playground</a><small>nothing here is real</small></header>
<main class="card">
${page.body}
</main>
</body>
</html>
`;
  return {
    status: page.status ?? 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": `default-src 'none'; style-src 'self'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
    body: Buffer.from(html),
  };
}

export function stylesheet(): Answer {
  return {
    status: 200,
    headers: { "content-type": "text/css; charset=utf-8", "cache-control": "no-cache" },
    body: Buffer.from(CSS),
  };
}

const CSS = `
:root { --ink: #1d2433; --soft: #5a6478; --line: #d5dae3; --paper: #fff; --ground: #eef1f6; --accent: #0b6b57; --accent-ink: #fff; --warn: #8a4b00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf3; --soft: #a4aec0; --line: #3a4354; --paper: #1c222d; --ground: #12161d; --accent: #4cc9a8; --accent-ink: #06231c; --warn: #f0b45c; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.bar { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .9rem 1.5rem; color: var(--soft); }
.mark { display: flex; align-items: center; gap: .6rem; color: var(--ink); font-weight: 650; text-decoration: none; }
.mark span { width: 1.1rem; height: 1.1rem; border-radius: .3rem .8rem .3rem .8rem; background: var(--accent); }
.card { max-width: 36rem; margin: 2rem auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .8rem; }
.card.wide { max-width: 60rem; }
h1 { margin: 0 0 .75rem; font-size: 1.45rem; line-height: 1.25; }
h2 { margin: 1.5rem 0 .4rem; font-size: 1rem; }
p { margin: .5rem 0; }
a { color: var(--accent); }
code { padding: .1rem .35rem; border-radius: .3rem; background: var(--ground); overflow-wrap: anywhere; }
pre { margin: .5rem 0 0; padding: .6rem .8rem; max-height: 20rem; overflow: auto; border-radius: .3rem; background: var(--ground); font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 1rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.scopes { margin: 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: .5rem; }
.scopes li { display: flex; justify-content: space-between; gap: 1rem; padding: .5rem .8rem; }
.scopes li + li { border-top: 1px solid var(--line); }
.scopes code { background: none; color: var(--soft); font-size: .8rem; }
.note { padding: .6rem .8rem; border-left: .25rem solid var(--warn); background: var(--ground); }
.choices { display: flex; gap: .75rem; margin-top: 1.5rem; }
button { flex: 1; padding: .7rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); color: var(--ink); font: inherit; font-weight: 600; cursor: pointer; }
button.main { border-color: var(--accent); background: var(--accent); color: var(--accent-ink); }
button:focus-visible, a:focus-visible { outline: .2rem solid var(--accent); outline-offset: .15rem; }
.tags { display: flex; flex-wrap: wrap; gap: .35rem; margin: 0; padding: 0; list-style: none; }
.tags li { padding: .05rem .55rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .85rem; }
.people { padding: 0; list-style: none; }
.people li { padding: .6rem 0; border-top: 1px solid var(--line); }
.people small, small { color: var(--soft); }
`;

/** Addresses of files of the built dashboard, where there is one. */
export interface StyleFiles {
  readonly font?: string | undefined;
  readonly logo?: string | undefined;
}

/** The one style sheet of the server's own pages: the look of the dashboard, light or dark as the system is set. */
export function pageStyle({ font, logo }: StyleFiles): string {
  return `${font === undefined ? "" : fontFace(font)}${STYLE}${logo === undefined ? "" : mark(logo)}`;
}

function fontFace(address: string): string {
  return `@font-face { font-family: "Figtree Variable"; font-weight: 300 900; font-display: swap; src: url("${address}") format("woff2-variations"); }\n`;
}

function mark(address: string): string {
  return `header a::before { content: ""; width: 32px; height: 32px; background: url("${address}") center / contain no-repeat; }\n`;
}

const STYLE = `
:root { color-scheme: light dark; --text: #182320; --soft: #56645e; --back: #f4f7f4; --card: #fff; --inset: #f7f9f7; --line: #dde5e0; --rail: #10312e; --link: #17665b; --accent: #17665b; --accent-hover: #14524a; --good: #17665b; --bad: #b23a28; --mark: #fdecc4; }
@media (prefers-color-scheme: dark) {
  :root { --text: #d6dfdb; --soft: #9aaba4; --back: #101715; --card: #171f1d; --inset: #1f2926; --line: #2a3633; --rail: #0c201d; --link: #4fae9c; --accent: #1e7c6d; --accent-hover: #17665b; --good: #79c3b3; --bad: #f2b3a8; --mark: #523509; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15.6px/1.55 "Figtree Variable", system-ui, sans-serif; }
header { display: flex; align-items: center; min-height: 56px; padding: 12px 1.25rem; background: var(--rail); }
header a { display: flex; align-items: center; gap: 12px; color: #fff; font-weight: 700; text-decoration: none; }
main { max-width: 46rem; margin: clamp(1rem, 6vh, 4rem) auto; padding: clamp(1.25rem, 4vw, 2rem); background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
main > :first-child { margin-top: 0; }
main > :last-child { margin-bottom: 0; }
@media (max-width: 48rem) { main { margin: 1rem; } }
h1 { font-size: 1.75rem; font-weight: 650; line-height: 1.2; margin: .5rem 0 1rem; }
h2 { font-size: 1.2rem; font-weight: 650; line-height: 1.3; margin: 2.25rem 0 .5rem; }
h3 { font-size: 1rem; font-weight: 650; margin: 1.75rem 0 .35rem; }
h1, h2, h3, p, li { overflow-wrap: anywhere; }
:target { background: var(--mark); border-radius: 5px; box-shadow: 0 0 0 6px var(--mark); scroll-margin-top: 1.5rem; }
a { color: var(--link); text-underline-offset: .15em; }
section { background: var(--inset); border: 1px solid var(--line); border-radius: 9px; padding: 1rem 1.25rem; margin: 1rem 0; }
section > :last-child { margin-bottom: 0; }
.soft { color: var(--soft); font-size: .875rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
code, pre { font: .85em/1.5 "JetBrains Mono Variable", ui-monospace, monospace; }
code { padding: .1em .35em; border-radius: 5px; background: var(--inset); }
pre { overflow-x: auto; padding: .65rem .9rem; border: 1px solid var(--line); border-radius: 9px; background: var(--inset); white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
tr:last-child td { border-bottom: 0; }
th, td:first-child:not(:last-child), button { white-space: nowrap; }
td { max-width: 20rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
button { padding: .55rem 1.2rem; font: inherit; font-weight: 600; color: #fff; background: var(--accent); border: 0; border-radius: 9px; cursor: pointer; }
button:hover { background: var(--accent-hover); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
header a:focus-visible { outline-color: #f2b134; border-radius: 5px; }
`;

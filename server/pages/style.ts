/** The one style sheet of the server's own pages; follows the system's light or dark setting. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2430; --soft: #5a6675; --back: #f6f7f9; --card: #fff; --line: #d9dee5; --accent: #1f5fbf; --on-accent: #fff; --good: #1a7f47; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaf0; --soft: #9aa7b6; --back: #12161c; --card: #1b212a; --line: #333c48; --accent: #7fb0ff; --on-accent: #0d1520; --good: #6fd39a; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
header { padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); }
header a { color: var(--text); font-weight: 650; text-decoration: none; }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h1, h2, p, li { overflow-wrap: anywhere; }
a { color: var(--accent); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1rem 0; }
section h2 { margin-top: 0; }
.soft { color: var(--soft); }
.good { color: var(--good); }
.bad { color: var(--bad); }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--back); white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
th, td:first-child:not(:last-child), button { white-space: nowrap; }
td { max-width: 20rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
button, .button { display: inline-block; padding: .5rem 1.1rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .4rem; cursor: pointer; text-decoration: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

import type { Problem } from "../../errors/problem.ts";
import { escapeHtml, Html, html, page } from "./html.ts";

/** A problem for a person in a browser. */
export function problemPage({ title, detail, code, requestId }: Problem): string {
  return page(
    title,
    html`<h1>${title}</h1>
<p>${detail}</p>
<p class="soft">Code <a href="/docs/errors#${code}"><code>${code}</code></a>, request <code>${requestId}</code>. <a href="/">Back to the start</a></p>`,
  );
}

/** `docs/errors.md` as a page: each code's section can be linked to. Knows as much Markdown as that file uses. */
export function errorsPage(markdown: string): string {
  const blocks = markdown
    .split(/(^```[\s\S]*?^```$)/m)
    .flatMap((part) => (part.startsWith("```") ? [part] : part.split(/\n{2,}/)));
  return page("Errors", new Html(blocks.map((block) => renderBlock(block.trim())).join("\n")));
}

function renderBlock(block: string): string {
  if (block === "") return "";
  const heading = /^(#{1,3}) (.+)$/.exec(block);
  if (heading)
    return `<h${heading[1]?.length} id="${escapeHtml(heading[2] ?? "")}">${inline(heading[2] ?? "")}</h${heading[1]?.length}>`;
  if (block.startsWith("```")) return `<pre>${escapeHtml(block.replace(/^```.*\n|\n?```$/g, ""))}</pre>`;
  if (block.startsWith("- "))
    return `<ul>${block
      .split(/^- /m)
      .slice(1)
      .map((item) => `<li>${inline(item)}</li>`)
      .join("")}</ul>`;
  return `<p>${inline(block)}</p>`;
}

function inline(text: string): string {
  return escapeHtml(text)
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/\[([^\]]+)\]\((https:[^)\s]+)\)/g, '<a href="$2">$1</a>');
}

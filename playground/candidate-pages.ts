import type { Answer } from "./answer.ts";
import { escapeHtml, htmlPage } from "./pages.ts";
import { type Opportunity, stageChangesOf, type World } from "./world.ts";

const SHOWN = 50;

/** `/candidates`: where `urls.list` of an opportunity leads. */
export function candidatesPage(world: World): Answer {
  const latest = [...world.opportunities.rows]
    .sort((left, right) => (right.updatedAt ?? 0) - (left.updatedAt ?? 0))
    .slice(0, SHOWN);
  const items = latest.map(
    (row) => `<li><a href="/candidates/${row.id}">${nameOf(row)}</a> <small>${stageOf(world, row)}</small>${tagsOf(row)}</li>`,
  );
  return htmlPage({
    title: "Candidates",
    body: `<h1>Candidates</h1><p>The ${latest.length} changed last.</p><ul class="people">${items.join("")}</ul>`,
  });
}

/** `/candidates/:id`: where `urls.show` leads; the effect of a write can be seen here. */
export function candidatePage(world: World, id: string): Answer {
  const row = world.opportunityById.get(id);
  if (row === undefined) return htmlPage({ status: 404, title: "Not found", body: "<h1>No such candidate</h1>" });
  const facts: [string, string][] = [
    ["Stage", stageOf(world, row)],
    ["Posting", escapeHtml(row.application?.posting.text ?? "none (a lead)")],
    ["E-mail", escapeHtml(row.contact.emails.join(", ") || "none")],
    ["Archived", row.archived === null ? "no" : date(row.archived.archivedAt)],
    ["Changed", row.updatedAt === null ? "never" : date(row.updatedAt)],
    ["Steps", String(stageChangesOf(world.stages, row).length)],
    ["Id", `<code>${row.id}</code>`],
  ];
  const list = facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("");
  return htmlPage({
    title: row.contact.name,
    body: `<h1>${nameOf(row)}</h1><dl>${list}</dl><h2>Tags</h2>${tagsOf(row) || "<p>none</p>"}`,
  });
}

function nameOf(row: Opportunity): string {
  return escapeHtml(row.contact.name || "(no name)");
}

function stageOf(world: World, row: Opportunity): string {
  return escapeHtml(world.stages[row.stageRank]?.text ?? "");
}

function tagsOf(row: Opportunity): string {
  if (row.tags.length === 0) return "";
  return `<ul class="tags">${row.tags.map((tag) => `<li>${escapeHtml(tag)}</li>`).join("")}</ul>`;
}

function date(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

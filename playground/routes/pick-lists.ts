import { type Answer, apiJson } from "../answer.ts";
import { notFound } from "../errors.ts";
import { createOrderedList } from "../ordered-list.ts";
import { compareText, type Place, page } from "../page.ts";
import type { Call, Route } from "../route.ts";
import type { Opportunity, World } from "../world.ts";

/** Stages, archive reasons, tags and sources: what fields are chosen from. */
export function createPickListRoutes(): Route[] {
  const tags = createCounts((row) => row.tags);
  const sources = createCounts((row) => row.sources);
  return [
    { method: "GET", path: "/stages", scope: "stages:read:admin", handle: listStages },
    { method: "GET", path: "/stages/:stage", scope: "stages:read:admin", handle: retrieveStage },
    { method: "GET", path: "/archive_reasons", scope: "archive_reasons:read:admin", handle: listReasons },
    { method: "GET", path: "/archive_reasons/:reason", scope: "archive_reasons:read:admin", handle: retrieveReason },
    { method: "GET", path: "/tags", scope: "tags:read:admin", handle: (call) => listCounts(call, tags(call.world)) },
    { method: "GET", path: "/sources", scope: "sources:read:admin", handle: (call) => listCounts(call, sources(call.world)) },
  ];
}

interface Numbered {
  index: number;
}

const byIndex: Place<Numbered> = {
  types: ["number"],
  toParts: ({ index }) => [index],
  toKey: ([index]) => ({ index: index as number }),
};

function listInOrder<T>(call: Call, rows: readonly T[], matches: (row: T) => boolean = () => true): Answer {
  const numbered = rows.map((row, index) => ({ index, row }));
  return page(call.query, {
    list: createOrderedList(numbered, (left: Numbered, right: Numbered) => left.index - right.index),
    place: byIndex,
    matches: ({ row }) => matches(row),
    render: ({ row }) => row,
  });
}

function listStages(call: Call): Answer {
  return listInOrder(call, call.world.stages);
}

function retrieveStage({ world, params }: Call): Answer {
  const id = params.stage ?? "";
  const stage = world.stages.find((candidate) => candidate.id === id);
  if (stage === undefined) throw notFound("stages", id);
  return apiJson(200, { data: stage });
}

function listReasons(call: Call): Answer {
  const type = call.query.oneOf("type", ["hired", "non-hired"]);
  return listInOrder(call, call.world.archiveReasons, (reason) => type === undefined || reason.type === type);
}

function retrieveReason({ world, params }: Call): Answer {
  const id = params.reason ?? "";
  const reason = world.archiveReasons.find((candidate) => candidate.id === id);
  if (reason === undefined) throw notFound("archive_reasons", id);
  return apiJson(200, { data: reason });
}

/** The text is the key; there is no id. */
interface Count {
  text: string;
  count: number;
}

const byText: Place<{ text: string }> = {
  types: ["string"],
  toParts: ({ text }) => [text],
  toKey: ([text]) => ({ text: text as string }),
};

type Counts = ReturnType<typeof createOrderedList<Count, { text: string }>>;

/** Counts again only when the account has changed since. */
function createCounts(values: (row: Opportunity) => readonly string[]): (world: World) => Counts {
  let counted: { world: World; version: number; list: Counts } | undefined;
  return (world) => {
    if (counted?.world === world && counted.version === world.version) return counted.list;
    const counts = new Map<string, number>();
    for (const row of world.opportunities.rows) for (const text of values(row)) counts.set(text, (counts.get(text) ?? 0) + 1);
    const rows = [...counts].map(([text, count]) => ({ text, count }));
    counted = { world, version: world.version, list: createOrderedList(rows, compareIgnoringCase) };
    return counted.list;
  };
}

function compareIgnoringCase(left: { text: string }, right: { text: string }): number {
  return compareText(left.text.toLowerCase(), right.text.toLowerCase()) || compareText(left.text, right.text);
}

function listCounts(call: Call, list: Counts): Answer {
  return page(call.query, { list, place: byText, render: (count) => count });
}

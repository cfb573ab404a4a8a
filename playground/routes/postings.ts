import { type Answer, apiJson } from "../answer.ts";
import { badRequest, notFound, notInPlayground } from "../errors.ts";
import { byCreation, page } from "../page.ts";
import { inRange, type Query, range } from "../query.ts";
import { assertMayRead, type Call, type Route, readConfidentiality } from "../route.ts";
import { readShape } from "../views/expand.ts";
import { postingExpanders, viewPosting } from "../views/posting.ts";
import { type Posting, tagsOf } from "../world.ts";

const SCOPE = "postings:read:admin";
export const POSTING_STATES = ["published", "internal", "closed", "draft", "pending", "rejected"] as const;
const CATEGORIES = ["team", "department", "location", "commitment", "level"] as const;
const FILTERS = ["state", "distributionChannel", "group", "tag", ...CATEGORIES];

export const postingRoutes: Route[] = [
  { method: "GET", path: "/postings", scope: SCOPE, handle: listPostings },
  { method: "GET", path: "/postings/:posting", scope: SCOPE, handle: retrievePosting },
];

function listPostings(call: Call): Answer {
  const { world, query, web } = call;
  const shape = readShape(query, postingExpanders(world));
  const shows = readConfidentiality(call);
  const updated = range(query, "updated_at");
  assertAlone(query, updated !== undefined);
  const filters = [byState(query), byCategories(query)];
  return page(query, {
    list: world.postings,
    place: byCreation,
    matches: (row) => shows(row.confidentiality) && inRange(row.updatedAt, updated) && filters.every((matches) => matches(row)),
    render: (row) => viewPosting(world, row, { shape, web }),
  });
}

/** `updated_at_*` goes with `confidentiality` only; `group` changes the answer to a shape not on record. */
function assertAlone(query: Query, byTime: boolean): void {
  const other = FILTERS.find((name) => query.has(name));
  if (byTime && other !== undefined) throw badRequest(`updated_at filters cannot be combined with ${other}`);
  if (query.has("group")) throw notInPlayground("GET /postings?group=…");
}

/** With `state=published` alone only what is listed publicly comes (lever-api.md §4.3). */
function byState(query: Query): (row: Posting) => boolean {
  const state = query.oneOf("state", POSTING_STATES);
  const asked = query.all("distributionChannel");
  const wrong = asked.find((channel) => channel !== "public" && channel !== "internal");
  if (wrong !== undefined) throw badRequest("distributionChannel must be one of: public, internal");
  const channels = asked.length === 0 && state === "published" ? ["public"] : asked;
  const listed = (row: Posting) => row.state === "published" && row.distributionChannels.some((own) => channels.includes(own));
  return (row) => (state === undefined || row.state === state) && (channels.length === 0 || listed(row));
}

function byCategories(query: Query): (row: Posting) => boolean {
  const wanted = CATEGORIES.filter((name) => query.has(name)).map((name) => [name, new Set<unknown>(query.all(name))] as const);
  const tags = new Set(query.all("tag"));
  return (row) =>
    wanted.every(([name, values]) => values.has(row.categories[name])) &&
    (tags.size === 0 || tagsOf(row).some((tag) => tags.has(tag)));
}

function retrievePosting(call: Call): Answer {
  const shape = readShape(call.query, postingExpanders(call.world));
  // Chooses the questions of the application form, which the playground's postings do not have.
  call.query.oneOf("distribution", ["internal", "external"]);
  const posting = findPosting(call);
  return apiJson(200, { data: viewPosting(call.world, posting, { shape, web: call.web }) });
}

export function findPosting(call: Call): Posting {
  const id = call.params.posting ?? "";
  const posting = call.world.postingById.get(id);
  if (posting === undefined) throw notFound("postings", id);
  assertMayRead(call, posting.confidentiality);
  return posting;
}

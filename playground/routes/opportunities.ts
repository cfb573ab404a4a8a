import { type Answer, apiJson } from "../answer.ts";
import { isEmail } from "../body.ts";
import { badRequest, notFound } from "../errors.ts";
import { createOrderedList } from "../ordered-list.ts";
import { byCreation, compareCreation, type Place, page } from "../page.ts";
import { inRange, type Query, range } from "../query.ts";
import { assertMayRead, type Call, type Route, readConfidentiality } from "../route.ts";
import { readShape } from "../views/expand.ts";
import { opportunityExpanders, viewOpportunity } from "../views/opportunity.ts";
import { canonicalEmail, confidentialityOf, type Opportunity, type OpportunityKey, stageIdOf } from "../world.ts";

const SCOPE = "opportunities:read:admin";
const ORIGINS = ["agency", "applied", "internal", "referred", "sourced", "university"];

const byStage: Place<OpportunityKey> = {
  types: ["number", "number", "string"],
  toParts: (key) => [key.stageRank, key.lastAdvancedAt, key.id],
  toKey: ([stageRank, lastAdvancedAt, id]) => ({
    stageRank: stageRank as number,
    lastAdvancedAt: lastAdvancedAt as number,
    id: id as string,
  }),
};

export const opportunityRoutes: Route[] = [
  { method: "GET", path: "/opportunities", scope: SCOPE, handle: listOpportunities },
  { method: "GET", path: "/opportunities/deleted", scope: SCOPE, handle: listDeleted },
  { method: "GET", path: "/opportunities/:opportunity", scope: SCOPE, handle: retrieveOpportunity },
];

function listOpportunities(call: Call): Answer {
  const { world, query, web } = call;
  const shape = readShape(query, opportunityExpanders(world));
  const filters = [confidential(call), ...person(call), ...candidacy(call), ...times(query), ...state(call)];
  return page(query, {
    list: world.opportunities,
    place: byStage,
    matches: (row) => filters.every((matches) => matches(row)),
    render: (row) => viewOpportunity(world, row, { shape, web, answering: "read" }),
  });
}

function retrieveOpportunity(call: Call): Answer {
  const { world, query, web } = call;
  const shape = readShape(query, opportunityExpanders(world));
  const opportunity = findOpportunity(call);
  return apiJson(200, { data: viewOpportunity(world, opportunity, { shape, web, answering: "read" }) });
}

/** @throws LeverError 404, or 403 for a confidential one without the grant */
export function findOpportunity(call: Call): Opportunity {
  const id = call.params.opportunity ?? "";
  const opportunity = call.world.opportunityById.get(id);
  if (opportunity === undefined) throw notFound("opportunities", id);
  assertMayRead(call, confidentialityOf(opportunity));
  return opportunity;
}

function listDeleted({ world, query, web }: Call): Answer {
  const bounds = range(query, "deleted_at");
  const shape = { expand: [], include: [] };
  return page(query, {
    list: createOrderedList(world.deleted, compareCreation),
    place: byCreation,
    matches: (row) => inRange(row.deletedAt, bounds),
    render: ({ opportunity, deletedBy, deletedAt }) => ({
      ...viewOpportunity(world, opportunity, { shape, web, answering: "read" }),
      deletedBy,
      deletedAt,
    }),
  });
}

type Filter = (row: Opportunity) => boolean;

function confidential(call: Call): Filter {
  const shows = readConfidentiality(call);
  return (row) => shows(confidentialityOf(row));
}

/** Several values of one parameter: any of them; several parameters: all of them (lever-api.md §2.2). */
function anyOf(query: Query, name: string, values: (row: Opportunity) => readonly (string | null | undefined)[]): Filter[] {
  if (!query.has(name)) return [];
  const wanted = new Set<unknown>(query.all(name));
  return [(row) => values(row).some((value) => wanted.has(value))];
}

function person({ query }: Call): Filter[] {
  const email = query.one("email");
  if (email !== undefined && !isEmail(email.trim())) throw badRequest("Email address is not valid");
  const wanted = email === undefined ? undefined : canonicalEmail(email);
  return [
    ...anyOf(query, "contact_id", (row) => [row.contact.id]),
    ...(wanted === undefined ? [] : [(row: Opportunity) => row.contact.emails.some((own) => canonicalEmail(own) === wanted)]),
  ];
}

function candidacy({ query, world }: Call): Filter[] {
  const wrong = query.all("origin").find((origin) => !ORIGINS.includes(origin));
  if (wrong !== undefined) throw badRequest(`origin must be one of: ${ORIGINS.join(", ")}`);
  return [
    ...anyOf(query, "tag", (row) => row.tags),
    ...anyOf(query, "origin", (row) => [row.origin]),
    ...anyOf(query, "source", (row) => row.sources),
    ...anyOf(query, "stage_id", (row) => [stageIdOf(world, row)]),
    ...anyOf(query, "posting_id", (row) => [row.application?.archived === null ? row.application.posting.id : null]),
    ...anyOf(query, "archived_posting_id", (row) => (row.application?.archived ? [row.application.posting.id] : [])),
    ...anyOf(query, "archive_reason_id", (row) => [row.archived?.reason]),
    ...anyOf(query, "location", (row) => [row.opportunityLocation]),
  ];
}

function times(query: Query): Filter[] {
  const within = (name: string, value: (row: Opportunity) => number | null | undefined): Filter[] => {
    const bounds = range(query, name);
    return bounds === undefined ? [] : [(row) => inRange(value(row), bounds)];
  };
  return [
    ...within("created_at", (row) => row.createdAt),
    ...within("updated_at", (row) => row.updatedAt),
    ...within("advanced_at", (row) => row.lastAdvancedAt),
    ...within("archived_at", (row) => row.archived?.archivedAt),
  ];
}

function state({ query, now }: Call): Filter[] {
  const archived = query.boolean("archived");
  const snoozed = query.boolean("snoozed");
  return [
    ...(archived === undefined ? [] : [(row: Opportunity) => (row.archived !== null) === archived]),
    ...(snoozed === undefined ? [] : [(row: Opportunity) => (row.snoozedUntil ?? 0) > now === snoozed]),
  ];
}

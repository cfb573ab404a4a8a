import type { Application, Opportunity, World } from "../world.ts";
import type { Expanders, Json } from "./expand.ts";
import { viewPosting } from "./posting.ts";

/** An application in the recorded shape (lever-api.md §4.1). Put on by hand (`user`), it holds no personal data. */
export function viewApplication(opportunity: Opportunity, application: Application): Json {
  const applied = application.type !== "user";
  const { contact } = opportunity;
  const phone = contact.phones[0];
  return {
    id: application.id,
    type: application.type,
    candidateId: opportunity.id,
    opportunityId: opportunity.id,
    posting: application.posting.id,
    postingHiringManager: application.posting.hiringManager,
    postingOwner: application.posting.owner,
    name: applied ? contact.name : null,
    company: application.company,
    phone: applied && phone !== undefined ? { type: null, value: phone.value } : null,
    email: applied ? (contact.emails[0] ?? null) : null,
    links: applied ? contact.links : [],
    comments: null,
    user: application.user,
    customQuestions: application.customQuestions,
    createdAt: application.createdAt,
    archived: application.archived,
    requisitionForHire: null,
    ipAddress: null,
    referer: null,
    userAgent: null,
    acceptLanguage: null,
    timezone: null,
  };
}

export function applicationExpanders(world: World, web: string): Expanders<Application> {
  const user = (id: string | null) => (id === null ? null : (world.userById.get(id) ?? null));
  return {
    posting: (row) => viewPosting(world, row.posting, { web, shape: { expand: [], include: [] } }),
    postingOwner: (row) => user(row.posting.owner),
    postingHiringManager: (row) => user(row.posting.hiringManager),
    user: (row) => user(row.user),
  };
}

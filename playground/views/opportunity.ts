import { confidentialityOf, type Opportunity, stageChangesOf, stageIdOf, type World } from "../world.ts";
import { viewApplication } from "./application.ts";
import { viewContact } from "./contact.ts";
import { applyShape, type Expanders, type Json, type Shape } from "./expand.ts";

export interface OpportunityView {
  shape: Shape;
  /** Where the web pages of the account live. */
  web: string;
  /** `read` shows all; `write` lacks `opportunityLocation`; `blanked` lacks the contact's data as well. */
  answering: "read" | "write" | "blanked";
}

/** An opportunity in the recorded shape (lever-api.md §3.3, §3.6). */
export function viewOpportunity(world: World, opportunity: Opportunity, view: OpportunityView): Json {
  const plain = {
    ...identity(opportunity, view),
    ...candidacy(world, opportunity),
    ...times(opportunity),
    urls: { list: `${view.web}/candidates`, show: `${view.web}/candidates/${opportunity.id}` },
    isAnonymized: opportunity.contact.isAnonymized,
    dataProtection: opportunity.dataProtection,
    ...location(opportunity, view),
  };
  return applyShape(opportunity, plain, view.shape, opportunityExpanders(world));
}

export function opportunityExpanders(world: World): Expanders<Opportunity> {
  const user = (id: string | null) => (id === null ? null : (world.userById.get(id) ?? null));
  return {
    applications: (row) => (row.application === null ? [] : [viewApplication(row, row.application)]),
    stage: (row) => world.stages[row.stageRank],
    owner: (row) => user(row.owner),
    followers: (row) => row.followers.map(user),
    sourcedBy: (row) => user(row.sourcedBy),
    contact: (row) => viewContact(row.contact),
  };
}

function identity(opportunity: Opportunity, view: OpportunityView): Json {
  const { contact } = opportunity;
  const shown =
    view.answering === "blanked" ? { name: "", headline: "", location: "", phones: [], emails: [], links: [] } : contact;
  return {
    id: opportunity.id,
    name: shown.name,
    contact: contact.id,
    headline: shown.headline,
    location: shown.location,
    phones: shown.phones,
    emails: shown.emails,
    links: shown.links,
  };
}

function candidacy(world: World, opportunity: Opportunity): Json {
  return {
    stage: stageIdOf(world, opportunity),
    confidentiality: confidentialityOf(opportunity),
    archived: opportunity.archived,
    tags: opportunity.tags,
    sources: opportunity.sources,
    stageChanges: stageChangesOf(world.stages, opportunity),
    origin: opportunity.origin,
    sourcedBy: opportunity.sourcedBy,
    owner: opportunity.owner,
    followers: opportunity.followers,
    applications: opportunity.application === null ? [] : [opportunity.application.id],
  };
}

function times(opportunity: Opportunity): Json {
  return {
    createdAt: opportunity.createdAt,
    updatedAt: opportunity.updatedAt,
    lastInteractionAt: opportunity.lastInteractionAt,
    lastAdvancedAt: opportunity.lastAdvancedAt,
    snoozedUntil: opportunity.snoozedUntil,
  };
}

function location(opportunity: Opportunity, view: OpportunityView): Json {
  if (view.answering !== "read" || opportunity.opportunityLocation === null) return {};
  return { opportunityLocation: opportunity.opportunityLocation };
}

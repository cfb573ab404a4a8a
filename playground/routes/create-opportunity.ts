import { type Answer, apiJson } from "../answer.ts";
import { type Body, readChoice, readEmails, readNumber, readObject, readPhones, readText, readTexts } from "../body.ts";
import { badRequest, notFound, userNotFound } from "../errors.ts";
import { assertMayRead, type Call, performAs, type Route } from "../route.ts";
import { readShape } from "../views/expand.ts";
import { opportunityExpanders, viewOpportunity } from "../views/opportunity.ts";
import {
  type Application,
  type Archived,
  type Contact,
  canonicalEmail,
  type Opportunity,
  type Posting,
  tagsOf,
  type User,
  type World,
} from "../world.ts";
import { withScheme } from "./opportunity-writes.ts";

export const createOpportunityRoutes: Route[] = [
  { method: "POST", path: "/opportunities", scope: "opportunities:write:admin", takesForms: true, handle: createOpportunity },
];

/** Not idempotent: the same call twice creates two opportunities of one person (lever-api.md §3.5). */
function createOpportunity(call: Call): Answer {
  const { world, query, web } = call;
  const shape = readShape(query, opportunityExpanders(world));
  const user = performAs(call, "create");
  const draft = readDraft(call, readObject(call.body), user);
  const { contact, deduped } = attachContact(world, draft);
  const opportunity = insert(call, draft, contact);
  call.record({
    effect: "opportunity.created",
    opportunityId: opportunity.id,
    contactId: contact.id,
    tags: opportunity.tags,
    deduped,
    ...(call.files.length === 0 ? {} : { files: call.files }),
    performAs: user.id,
  });
  const view = { shape: { expand: shape.expand, include: [] }, web, answering: "write" as const };
  return apiJson(201, { deduped, data: viewOpportunity(world, opportunity, view) });
}

interface Draft {
  person: {
    name: string;
    headline: string;
    location: string;
    emails: string[];
    phones: { type: string; value: string }[];
    links: string[];
  };
  contact: Contact | undefined;
  posting: Posting | null;
  tags: string[];
  sources: string[];
  stageRank: number;
  origin: string;
  user: User;
  owner: string;
  followers: string[];
  createdAt: number;
  archived: Archived | null;
  opportunityLocation: string | null;
}

const ORIGINS = ["agency", "applied", "internal", "referred", "sourced", "university"] as const;

/** Checks everything; nothing is changed before this has returned. */
function readDraft(call: Call, body: Body, user: User): Draft {
  const posting = readPosting(call, body);
  const createdAt = readCreatedAt(call, body);
  return {
    person: readPerson(body),
    contact: readContact(call.world, body),
    posting,
    tags: readTexts(body, "tags") ?? [],
    sources: readTexts(body, "sources") ?? [],
    stageRank: readStage(call.world, body),
    origin: readChoice(body, "origin", ORIGINS) ?? "sourced",
    user,
    owner: readOwner(call, body, user, posting),
    followers: readFollowers(call.world, body, posting?.followers ?? [user.id]),
    createdAt,
    archived: readArchived(call, body, createdAt),
    opportunityLocation: readLocation(body, posting),
  };
}

function readPerson(body: Body): Draft["person"] {
  return {
    name: readText(body, "name") ?? "",
    headline: readText(body, "headline") ?? "",
    location: readText(body, "location") ?? "",
    emails: readEmails(body) ?? [],
    phones: readPhones(body) ?? [],
    links: (readTexts(body, "links") ?? []).map(withScheme),
  };
}

function readContact(world: World, body: Body): Contact | undefined {
  const id = readText(body, "contact");
  if (id === undefined) return undefined;
  const contact = world.contactById.get(id);
  if (contact === undefined) throw notFound("contacts", id);
  if (contact.isAnonymized) throw badRequest("The contact is anonymized", "/contact");
  return contact;
}

function readPosting(call: Call, body: Body): Posting | null {
  const ids = readTexts(body, "postings") ?? [];
  if (ids.length > 1) throw badRequest("Only one posting is allowed", "/postings");
  const id = ids[0];
  if (id === undefined) return null;
  const posting = call.world.postingById.get(id);
  if (posting === undefined) throw notFound("postings", id);
  assertMayRead(call, posting.confidentiality);
  return posting;
}

function readStage(world: World, body: Body): number {
  const stage = readText(body, "stage") ?? "lead-new";
  const rank = world.stageRank.get(stage);
  if (rank === undefined) throw notFound("stages", stage);
  return rank;
}

function readOwner(call: Call, body: Body, user: User, posting: Posting | null): string {
  if (call.query.boolean("perform_as_posting_owner") === true) {
    if (posting === null) throw badRequest("perform_as_posting_owner needs exactly one posting", "/postings");
    return posting.owner ?? user.id;
  }
  const owner = readText(body, "owner");
  if (owner !== undefined && !call.world.userById.has(owner)) throw userNotFound();
  return owner ?? user.id;
}

/** With a posting its followers, else the creator (lever-api.md §6 no. 26), besides those sent. */
function readFollowers(world: World, body: Body, added: readonly string[]): string[] {
  const followers = readTexts(body, "followers") ?? [];
  if (followers.some((id) => !world.userById.has(id))) throw userNotFound();
  return [...new Set([...followers, ...added])];
}

function readCreatedAt(call: Call, body: Body): number {
  const createdAt = readNumber(body, "createdAt");
  if (createdAt !== undefined && createdAt > call.now) throw badRequest("Must be in the past", "/createdAt");
  return createdAt ?? call.now;
}

function readArchived(call: Call, body: Body, createdAt: number): Archived | null {
  if (body.archived === undefined || body.archived === null) return null;
  const archived = readObject(body.archived);
  const reason = readText(archived, "reason");
  if (reason === undefined) throw badRequest("Required property missing", "/archived/reason");
  if (!call.world.archiveReasons.some((known) => known.id === reason)) throw notFound("archive_reasons", reason);
  const archivedAt = readNumber(archived, "archivedAt");
  if (archivedAt !== undefined && archivedAt <= createdAt) throw badRequest("Needs an earlier createdAt", "/archived/archivedAt");
  return { reason, archivedAt: archivedAt ?? call.now };
}

function readLocation(body: Body, posting: Posting | null): string | null {
  const location = readText(body, "opportunityLocation");
  if (posting === null) return null;
  const { location: own, allLocations } = posting.categories;
  if (location !== undefined && !allLocations.includes(location)) {
    throw badRequest("Not a location of the posting", "/opportunityLocation");
  }
  return location ?? (allLocations.length > 1 ? "unspecified" : own);
}

/** An e-mail address that is known leads to the person who has it, whose own data wins. */
function attachContact(world: World, draft: Draft): { contact: Contact; deduped: boolean } {
  if (draft.contact !== undefined) return { contact: extend(world, draft.contact, draft), deduped: true };
  const known = draft.person.emails.map((email) => world.contactByEmail.get(canonicalEmail(email))).find(Boolean);
  if (known !== undefined) return { contact: known, deduped: true };
  const contact: Contact = { id: world.newId(), ...draft.person, isAnonymized: false, opportunities: [] };
  world.contactById.set(contact.id, contact);
  for (const email of contact.emails) world.contactByEmail.set(canonicalEmail(email), contact);
  return { contact, deduped: false };
}

/** Named by id, the contact gains the further addresses, numbers and links. */
function extend(world: World, contact: Contact, { person }: Draft): Contact {
  const numbers = new Set(contact.phones.map((phone) => phone.value));
  contact.emails = [...new Set([...contact.emails, ...person.emails])];
  contact.phones = [...contact.phones, ...person.phones.filter((phone) => !numbers.has(phone.value))];
  contact.links = [...new Set([...contact.links, ...person.links])];
  for (const email of person.emails) world.contactByEmail.set(canonicalEmail(email), contact);
  return contact;
}

function insert(call: Call, draft: Draft, contact: Contact): Opportunity {
  const { world, now } = call;
  const { posting, user, createdAt, archived } = draft;
  const opportunity: Opportunity = {
    id: world.newId(),
    contact,
    stageRank: draft.stageRank,
    tags: [...new Set([...draft.tags, ...(posting === null ? [] : tagsOf(posting))])],
    sources: draft.sources,
    stageChanges: [{ toStageId: stageId(world, draft), toStageIndex: draft.stageRank, updatedAt: createdAt, userId: user.id }],
    origin: draft.origin,
    sourcedBy: draft.origin === "sourced" ? user.id : null,
    owner: draft.owner,
    followers: draft.followers,
    application: posting === null ? null : newApplication(call, draft, posting),
    archived,
    createdAt,
    updatedAt: now,
    lastInteractionAt: now,
    lastAdvancedAt: archived?.archivedAt ?? createdAt,
    snoozedUntil: null,
    dataProtection: null,
    opportunityLocation: draft.opportunityLocation,
  };
  contact.opportunities.push(opportunity);
  world.opportunityById.set(opportunity.id, opportunity);
  world.opportunities.insert(opportunity);
  world.version++;
  return opportunity;
}

/** Put on the posting by hand: by the user the opportunity is created for. */
function newApplication({ world }: Call, { user, createdAt, archived }: Draft, posting: Posting): Application {
  return { id: world.newId(), type: "user", posting, user: user.id, createdAt, archived, company: null, customQuestions: [] };
}

function stageId(world: World, draft: Draft): string {
  return world.stages[draft.stageRank]?.id ?? "";
}

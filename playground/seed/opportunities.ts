import { createStream, integer, pick, type Random, uuid } from "../random.ts";
import {
  type Application,
  type Archived,
  type ArchiveReason,
  type Contact,
  type Opportunity,
  type Posting,
  type Stage,
  tagsOf,
  type User,
} from "../world.ts";
import { DAY_MS, SEED_TIME } from "./account.ts";
import { CITIES, EMPLOYERS, FIRST_NAMES, LAST_NAMES, toAscii } from "./names.ts";
import { oldTime } from "./oddities.ts";
import { CONFIDENTIAL_POSTING, DRAFT_POSTING, MULTI_LOCATION_POSTING } from "./postings.ts";

type Kind =
  | "plain"
  | "lead"
  | "archived"
  | "snoozed"
  | "confidential"
  | "anonymized"
  | "untouched"
  | "multi-location"
  | "returning"
  | "hired";

/** The first rows show one kind each, so that small data sets have all of them. */
const FIRST_KINDS: Kind[] = [
  "plain",
  "lead",
  "archived",
  "snoozed",
  "confidential",
  "anonymized",
  "untouched",
  "multi-location",
  "returning",
  "hired",
];
const SHARES: [number, Kind][] = [
  [0.3, "archived"],
  [0.35, "hired"],
  [0.38, "lead"],
  [0.41, "snoozed"],
  [0.42, "anonymized"],
  [0.46, "untouched"],
  [0.54, "returning"],
];

/** `Full-Time` beside the commitment `Full-time`: tags differ by case. */
const OWN_TAGS = ["referral-bonus", "Verified", "Needs Review", "Relocation", "silver medalist", "Full-Time"];
const SOURCES = [["Referral"], ["Careers page"], ["Meetup"], ["Job board"], ["Agency"], ["Referral", "Meetup"]];
const ORIGINS = ["applied", "sourced", "referred", "agency", "internal", "university"];
const EMPTY: readonly never[] = [];

export interface Account {
  seed: number;
  users: readonly User[];
  stages: readonly Stage[];
  archiveReasons: readonly ArchiveReason[];
  postings: readonly Posting[];
}

interface Context extends Account {
  random: Random;
  contacts: Contact[];
  active: readonly User[];
  open: readonly Posting[];
  postingTags: Map<Posting, readonly string[]>;
}

export function seedOpportunities(account: Account, count: number): { contacts: Contact[]; opportunities: Opportunity[] } {
  const context: Context = {
    ...account,
    random: createStream(account.seed, "opportunities"),
    contacts: [],
    active: account.users.filter((user) => user.deactivatedAt === null),
    open: account.postings.filter((_, index) => index !== DRAFT_POSTING),
    postingTags: new Map(account.postings.map((posting) => [posting, tagsOf(posting)])),
  };
  const opportunities = Array.from({ length: count }, (_, index) => seedOpportunity(context, index));
  return { contacts: context.contacts, opportunities };
}

function seedOpportunity(context: Context, index: number): Opportunity {
  const { random } = context;
  const kind = kindOf(random, index);
  const contact = contactFor(context, kind);
  const posting = kind === "lead" ? null : postingFor(context, kind);
  const createdAt =
    kind === "untouched" ? oldTime(random) : SEED_TIME - integer(random, 10, 730) * DAY_MS + integer(random, 0, DAY_MS);
  const advancedAt = createdAt + integer(random, 0, 9 * DAY_MS);
  const archived = archivedFor(context, kind, advancedAt);
  const owner = pick(random, context.active).id;
  const origin = pick(random, ORIGINS);
  const opportunity: Opportunity = {
    id: uuid(random),
    stageRank: kind === "lead" ? integer(random, 0, 2) : integer(random, 3, context.stages.length - 1),
    lastAdvancedAt: advancedAt,
    contact,
    tags: tagsFor(context, posting),
    sources: pick(random, SOURCES),
    stageChanges: null,
    origin,
    sourcedBy: origin === "sourced" ? owner : null,
    owner,
    followers: posting?.followers ?? EMPTY,
    application: posting === null ? null : applicationFor(random, posting, createdAt, archived, owner),
    archived,
    createdAt,
    updatedAt: kind === "untouched" ? null : advancedAt + integer(random, 0, 3_600_000),
    lastInteractionAt: advancedAt,
    snoozedUntil: kind === "snoozed" ? SEED_TIME + integer(random, 1500, 3000) * DAY_MS : null,
    dataProtection: dataProtectionFor(random),
    opportunityLocation: locationFor(posting),
  };
  contact.opportunities.push(opportunity);
  return opportunity;
}

function kindOf(random: Random, index: number): Kind {
  const share = random();
  return FIRST_KINDS[index] ?? SHARES.find(([below]) => share < below)?.[1] ?? "plain";
}

function contactFor(context: Context, kind: Kind): Contact {
  const { random, contacts } = context;
  const known = kind === "returning" ? contacts[contacts.length < 9 ? 0 : integer(random, 0, contacts.length - 1)] : undefined;
  if (known !== undefined && !known.isAnonymized) return known;
  const contact = seedContact(random, contacts.length, kind === "anonymized");
  contacts.push(contact);
  return contact;
}

function seedContact(random: Random, index: number, isAnonymized: boolean): Contact {
  const id = uuid(random);
  if (isAnonymized) {
    return {
      id,
      name: "",
      headline: "",
      location: "",
      isAnonymized,
      emails: EMPTY,
      phones: EMPTY,
      links: EMPTY,
      opportunities: [],
    };
  }
  const first = pick(random, FIRST_NAMES);
  const last = pick(random, LAST_NAMES);
  const account = `${toAscii(first)}.${toAscii(last)}${index + 1}`;
  return {
    id,
    name: `${first} ${last}`,
    headline: random() < 0.7 ? pick(random, EMPLOYERS) : "",
    location: random() < 0.3 ? pick(random, CITIES) : "",
    isAnonymized,
    emails: [`${account}@example.com`],
    phones:
      random() < 0.5
        ? [{ type: pick(random, ["mobile", "home", "work", "other"]), value: `+43 1 555${integer(random, 1000, 9999)}` }]
        : EMPTY,
    links: random() < 0.3 ? [`https://example.com/${account}`] : EMPTY,
    opportunities: [],
  };
}

function postingFor(context: Context, kind: Kind): Posting {
  if (kind === "confidential") return context.postings[CONFIDENTIAL_POSTING] as Posting;
  if (kind === "multi-location") return context.postings[MULTI_LOCATION_POSTING] as Posting;
  if (kind === "plain" && context.contacts.length === 1) return context.postings[0] as Posting;
  const posting = pick(context.random, context.open);
  return kind !== "plain" && posting.confidentiality === "confidential" ? (context.postings[0] as Posting) : posting;
}

function archivedFor(context: Context, kind: Kind, archivedAt: number): Archived | null {
  if (kind === "hired") return { reason: (context.archiveReasons[0] as ArchiveReason).id, archivedAt };
  if (kind !== "archived") return null;
  return { reason: pick(context.random, context.archiveReasons.slice(1)).id, archivedAt };
}

function tagsFor(context: Context, posting: Posting | null): readonly string[] {
  const inherited = posting === null ? EMPTY : (context.postingTags.get(posting) ?? EMPTY);
  return context.random() < 0.25 ? [...inherited, pick(context.random, OWN_TAGS)] : inherited;
}

function applicationFor(
  random: Random,
  posting: Posting,
  createdAt: number,
  archived: Archived | null,
  user: string,
): Application {
  const id = uuid(random);
  const share = random();
  const type = share < 0.8 ? "posting" : share < 0.95 ? "user" : "referral";
  const own = archived === null ? null : { ...archived, archivedAt: archived.archivedAt + 7 };
  return {
    id,
    type,
    posting,
    user: type === "posting" ? null : user,
    createdAt: createdAt + 1,
    archived: own,
    company: null,
    customQuestions: EMPTY,
  };
}

function dataProtectionFor(random: Random): Opportunity["dataProtection"] {
  if (random() < 0.8) return null;
  return { store: { allowed: true, expiresAt: SEED_TIME + 365 * DAY_MS }, contact: { allowed: false, expiresAt: null } };
}

function locationFor(posting: Posting | null): string | null {
  if (posting === null) return null;
  const { location, allLocations } = posting.categories;
  return allLocations.length > 1 ? "unspecified" : location;
}

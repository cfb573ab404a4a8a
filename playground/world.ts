import { createOrderedList, type OrderedList } from "./ordered-list.ts";
import { compareCreation, compareText } from "./page.ts";
import { type Random, uuid } from "./random.ts";

export interface User {
  id: string;
  name: string;
  username: string;
  email: string;
  accessRole: string;
  photo: string | null;
  createdAt: number;
  deactivatedAt: number | null;
  externalDirectoryId: string | null;
  linkedContactIds: string[] | null;
  jobTitle: string | null;
  managerId: string | null;
}

export interface Stage {
  id: string;
  text: string;
}

export interface ArchiveReason {
  id: string;
  text: string;
  status: "active" | "inactive";
  type: "hired" | "non-hired";
}

interface Phone {
  /** May be missing or null. */
  type?: string | null;
  value: string;
}

export interface Archived {
  reason: string;
  archivedAt: number;
}

interface Consent {
  allowed: boolean;
  expiresAt: number | null;
}

export interface Contact {
  id: string;
  name: string;
  headline: string;
  location: string;
  isAnonymized: boolean;
  emails: readonly string[];
  phones: readonly Phone[];
  links: readonly string[];
  opportunities: Opportunity[];
}

export interface Application {
  id: string;
  type: "posting" | "user" | "referral";
  posting: Posting;
  user: string | null;
  createdAt: number;
  archived: Archived | null;
  company: string | null;
  customQuestions: readonly object[];
}

export interface StageChange {
  toStageId: string;
  toStageIndex: number;
  updatedAt: number;
  userId?: string;
}

export interface OpportunityKey {
  stageRank: number;
  lastAdvancedAt: number;
  id: string;
}

/** Lists inside are replaced, never edited, so that seeded rows may share them. */
export interface Opportunity extends OpportunityKey {
  contact: Contact;
  tags: readonly string[];
  sources: readonly string[];
  /** `null` on a seeded row that was not moved yet: its history follows from the other fields. */
  stageChanges: readonly StageChange[] | null;
  origin: string;
  sourcedBy: string | null;
  owner: string | null;
  followers: readonly string[];
  application: Application | null;
  archived: Archived | null;
  createdAt: number;
  updatedAt: number | null;
  lastInteractionAt: number;
  snoozedUntil: number | null;
  dataProtection: { store: Consent; contact: Consent } | null;
  opportunityLocation: string | null;
}

interface DeletedOpportunity {
  id: string;
  createdAt: number;
  opportunity: Opportunity;
  deletedBy: string;
  deletedAt: number;
}

export interface Posting {
  id: string;
  text: string;
  state: string;
  distributionChannels: readonly string[];
  user: string | null;
  owner: string | null;
  hiringManager: string | null;
  categories: PostingCategories;
  tags: readonly string[];
  content: PostingContent;
  country: string;
  followers: readonly string[];
  requisitionCodes: readonly string[];
  confidentiality: "non-confidential" | "confidential";
  createdAt: number;
  updatedAt: number;
  workplaceType: string;
  salaryRange: SalaryRange | null;
  salaryDescriptionHtml: string | null;
  /** Shows `transcribeInterviews` and `screening`, which not every account has. */
  hasNewSettings: boolean;
}

export interface PostingCategories {
  commitment: string | null;
  department: string | null;
  level: string | null;
  location: string | null;
  team: string | null;
  allLocations: readonly string[];
}

export interface PostingContent {
  descriptionHtml: string;
  lists: readonly { text: string; content: string }[];
  closingHtml: string;
}

export interface SalaryRange {
  min: number;
  max: number;
  currency: string;
  interval: string;
}

export interface Webhook {
  id: string;
  event: string;
  url: string;
  configuration: { conditions: { origins?: string[] }; signatureToken: string };
  createdAt: number;
  updatedAt: number;
}

/** What an account allows: team names by department, locations, commitments. */
export interface Settings {
  teams: Record<string, readonly string[]>;
  locations: readonly string[];
  commitments: readonly string[];
}

export interface Seeded {
  users: User[];
  stages: Stage[];
  archiveReasons: ArchiveReason[];
  settings: Settings;
  postings: Posting[];
  contacts: Contact[];
  opportunities: Opportunity[];
  ids: Random;
}

/** Everything one Lever account holds. */
export interface World {
  readonly accountId: string;
  readonly users: OrderedList<User, { createdAt: number; id: string }>;
  readonly userById: Map<string, User>;
  readonly stages: readonly Stage[];
  readonly stageRank: Map<string, number>;
  readonly archiveReasons: readonly ArchiveReason[];
  readonly settings: Settings;
  readonly postings: OrderedList<Posting, { createdAt: number; id: string }>;
  readonly postingById: Map<string, Posting>;
  readonly contactById: Map<string, Contact>;
  readonly contactByEmail: Map<string, Contact>;
  readonly opportunities: OrderedList<Opportunity, OpportunityKey>;
  readonly opportunityById: Map<string, Opportunity>;
  readonly deleted: DeletedOpportunity[];
  readonly webhooks: Map<string, Webhook>;
  /** Grows with each write; what is counted from the rows is counted again when it differs. */
  version: number;
  newId(): string;
}

/** By stage, then who advanced last (lever-api.md §2.7). */
function compareOpportunities(left: OpportunityKey, right: OpportunityKey): number {
  return left.stageRank - right.stageRank || right.lastAdvancedAt - left.lastAdvancedAt || compareText(left.id, right.id);
}

export function createWorld(seeded: Seeded): World {
  return {
    accountId: uuid(seeded.ids),
    users: createOrderedList(seeded.users, compareCreation),
    userById: byId(seeded.users),
    stages: seeded.stages,
    stageRank: new Map(seeded.stages.map((stage, rank) => [stage.id, rank])),
    archiveReasons: seeded.archiveReasons,
    settings: seeded.settings,
    postings: createOrderedList(seeded.postings, compareCreation),
    postingById: byId(seeded.postings),
    contactById: byId(seeded.contacts),
    contactByEmail: new Map(
      seeded.contacts.flatMap((contact) => contact.emails.map((email) => [canonicalEmail(email), contact])),
    ),
    opportunities: createOrderedList(seeded.opportunities, compareOpportunities),
    opportunityById: byId(seeded.opportunities),
    deleted: [],
    webhooks: new Map(),
    version: 1,
    newId: () => uuid(seeded.ids),
  };
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

export function canonicalEmail(email: string): string {
  return email.trim().toLowerCase();
}

export function confidentialityOf(opportunity: Opportunity): Posting["confidentiality"] {
  return opportunity.application?.posting.confidentiality ?? "non-confidential";
}

/** What a posting adds to the tags of those who apply (lever-api.md §3.5). */
export function tagsOf(posting: Posting): string[] {
  const { team, department, location, commitment } = posting.categories;
  const tags = [posting.text, team, department, location, commitment, ...posting.tags];
  return [...new Set(tags.filter((tag) => tag !== null))];
}

/** Every change but a note moves `updatedAt`; it alone says that a row changed (lever-api.md §3.3). */
export function touch(world: World, opportunity: Opportunity, now: number): void {
  opportunity.updatedAt = now;
  world.version++;
}

/** The steps of a seeded row. Old rows do not name who moved them. */
export function stageChangesOf(stages: readonly Stage[], opportunity: Opportunity): readonly StageChange[] {
  if (opportunity.stageChanges !== null) return opportunity.stageChanges;
  const first = stages[0] as Stage;
  const entered = { toStageId: first.id, toStageIndex: 0, updatedAt: opportunity.createdAt };
  if (opportunity.stageRank === 0) return [entered];
  const stage = stages[opportunity.stageRank] as Stage;
  const moved = { toStageId: stage.id, toStageIndex: opportunity.stageRank, updatedAt: opportunity.lastAdvancedAt };
  const named = opportunity.updatedAt !== null && opportunity.owner !== null ? { userId: opportunity.owner } : {};
  return [entered, { ...moved, ...named }];
}

export function stageIdOf(world: World, opportunity: Opportunity): string {
  return (world.stages[opportunity.stageRank] as Stage).id;
}

import { createStream, integer, pick, type Random, uuid } from "../random.ts";
import {
  type Application,
  type Contact,
  type Opportunity,
  type Posting,
  type Stage,
  type StageChange,
  stageChangesOf,
  type User,
} from "../world.ts";
import { DAY_MS } from "./account.ts";
import { EMPLOYERS } from "./names.ts";

/**
 * One way in which rows of real accounts differ from the samples (lever-api.md §6 no. 28). docs/playground.md has the
 * table, and a test counts.
 */
interface Oddity<Row, Context> {
  /** Of the rows that `of` leaves. */
  share: number;
  of?: (row: Row) => boolean;
  change(row: Row, context: Context & { random: Random }): Partial<Row>;
}

/**
 * Each oddity strikes by chance, and once in any case, each on another row, so that small accounts have them too. The
 * first `spared` rows stay as they are: there is always a row that has everything.
 */
function roughen<Row extends object, Context>(
  rows: readonly Row[],
  oddities: readonly Oddity<Row, Context>[],
  { random, spared, context }: { random: Random; spared: number; context: Context },
): void {
  const unseen = new Set(oddities);
  for (const row of rows.slice(spared)) {
    const struck = oddities.filter(({ share }) => random() < share);
    const due = oddities.find((oddity) => unseen.has(oddity) && fits(oddity, row));
    for (const oddity of oddities) {
      if (oddity !== due && !struck.includes(oddity)) continue;
      if (!fits(oddity, row)) continue;
      Object.assign(row, oddity.change(row, { ...context, random }));
      unseen.delete(oddity);
    }
  }
}

function fits<Row>({ of }: { of?: (row: Row) => boolean }, row: Row): boolean {
  return of?.(row) ?? true;
}

const NONE: readonly never[] = [];

interface Staff {
  users: readonly User[];
  contacts: readonly Contact[];
}

/** All but Rita. */
export function roughenUsers(seed: number, staff: Staff): void {
  roughen(staff.users, USERS, { random: createStream(seed, "odd users"), spared: 1, context: staff });
}

const USERS: Oddity<User, Staff>[] = [
  { share: 0.3, change: ({ username }) => ({ photo: `https://example.com/photos/${username}.png` }) },
  { share: 0.4, change: (_, { users }) => ({ managerId: (users[0] as User).id }) },
  {
    share: 0.2,
    change: (_, { contacts, random }) => ({ linkedContactIds: contacts.length === 0 ? [] : [pick(random, contacts).id] }),
  },
  // A role of the account's own, named by its id.
  { share: 0.05, change: (_, { random }) => ({ accessRole: uuid(random) }) },
];

/** All but the first seven, which show one kind each. */
export function roughenPostings(seed: number, postings: readonly Posting[]): void {
  roughen(postings, POSTINGS, { random: createStream(seed, "odd postings"), spared: 7, context: {} });
}

const POSTINGS: Oddity<Posting, object>[] = [
  { share: 0.2, change: () => ({ user: null }) },
  { share: 0.4, change: () => ({ followers: NONE }) },
  { share: 0.25, change: (_, { random }) => ({ requisitionCodes: [`REQ-${integer(random, 100, 999)}`] }) },
  { share: 0.5, change: () => ({ hasNewSettings: false }) },
  {
    share: 0.15,
    change: () => ({
      salaryRange: { min: 4000, max: 5200, currency: "EUR", interval: "per-month-salary" },
      salaryDescriptionHtml: null,
    }),
  },
  { share: 0.1, change: ({ categories }) => ({ categories: { ...categories, department: null, team: null } }) },
  { share: 0.1, change: ({ categories }) => ({ categories: { ...categories, allLocations: NONE } }) },
];

/** All but the first ten, so that there are people who have everything. */
export function roughenPeople(seed: number, contacts: readonly Contact[]): void {
  roughen(contacts, PEOPLE, { random: createStream(seed, "odd people"), spared: 10, context: {} });
}

const isNamed = ({ name }: Contact): boolean => name !== "";
const hasPhone = ({ phones }: Contact): boolean => phones.length > 0;

const OTHER_SCRIPTS = ["山田 太郎", "Ольга Смирнова", "नीता राव", "ليلى حداد", "김민지", "Zoë 🌻 Weber"];
/** Addresses that strict readers refuse, and that exist. */
const ODD_ACCOUNTS = ["taro..yamada", "o'k", "x/y+z"];

const PEOPLE: Oddity<Contact, object>[] = [
  { share: 0.03, of: isNamed, change: (_, { random }) => ({ name: pick(random, OTHER_SCRIPTS) }) },
  // Accents as letters of their own.
  { share: 0.3, of: isNamed, change: ({ name }) => ({ name: name.normalize("NFD") }) },
  { share: 0.6, of: isNamed, change: () => ({ emails: NONE }) },
  {
    share: 0.03,
    of: isNamed,
    change: ({ id, emails }, { random }) => ({
      emails: [...emails, `${pick(random, ODD_ACCOUNTS)}${id.slice(0, 4)}.@Example.COM`],
    }),
  },
  { share: 0.04, of: isNamed, change: () => ({ name: "" }) },
  { share: 0.15, of: hasPhone, change: ({ phones }) => ({ phones: phones.map(({ value }) => ({ value })) }) },
  { share: 0.15, of: hasPhone, change: ({ phones }) => ({ phones: phones.map(({ value }) => ({ type: null, value })) }) },
];

interface Pipeline {
  stages: readonly Stage[];
}

/** All but the first ten, which show one kind each. */
export function roughenOpportunities(seed: number, opportunities: readonly Opportunity[], stages: readonly Stage[]): void {
  roughen(opportunities, OPPORTUNITIES, { random: createStream(seed, "odd opportunities"), spared: 10, context: { stages } });
}

/** A tab, a line break, much text, a character beyond the first plane, and an accent as a letter of its own. */
const ODD_TAGS = ["On\thold", "Vienna\noffice", `Met at ${"a career fair, ".repeat(16)}2024`, "⭐🌻 top", "Cafe\u0301"];

const isLead = ({ application }: Opportunity): boolean => application === null;
const hasApplied = ({ application }: Opportunity): boolean => application?.type === "posting";

const OPPORTUNITIES: Oddity<Opportunity, Pipeline>[] = [
  { share: 0.6, of: ({ updatedAt }) => updatedAt !== null, change: forgetUpdate },
  { share: 0.6, change: () => ({ sources: NONE }) },
  { share: 0.55, change: () => ({ tags: NONE }) },
  { share: 0.03, change: ({ tags }, { random }) => ({ tags: [...tags, pick(random, ODD_TAGS)] }) },
  { share: 0.3, of: (row) => !isLead(row), change: enterAsApplicant },
  { share: 0.7, change: keepLastStep },
  { share: 0.1, of: ({ stageRank }) => stageRank > 3, change: shiftSteps },
  { share: 0.25, of: ({ owner, followers }) => owner !== null && !followers.includes(owner), change: followOwn },
  { share: 0.5, of: isLead, change: followOwn },
  { share: 0.3, of: hasApplied, change: fillCompany },
  { share: 0.2, of: hasApplied, change: fillQuestions },
];

/** `updatedAt` exists since June 2020; rows untouched since have none, and are as old. */
function forgetUpdate(row: Opportunity, { random }: { random: Random }): Partial<Opportunity> {
  const { createdAt, lastAdvancedAt, lastInteractionAt, archived, application } = row;
  const earlier = createdAt - oldTime(random);
  const back = (time: Application["archived"]) => time && { ...time, archivedAt: time.archivedAt - earlier };
  return {
    updatedAt: null,
    createdAt: createdAt - earlier,
    lastAdvancedAt: lastAdvancedAt - earlier,
    lastInteractionAt: lastInteractionAt - earlier,
    archived: back(archived),
    application: application && {
      ...application,
      createdAt: application.createdAt - earlier,
      archived: back(application.archived),
    },
  };
}

export function oldTime(random: Random): number {
  return Date.UTC(2018, 0, 1) + integer(random, 0, 800) * DAY_MS;
}

function enterAsApplicant(row: Opportunity, { stages }: Pipeline): Partial<Opportunity> {
  const [first, ...later] = stageChangesOf(stages, row);
  return { stageChanges: [{ ...(first as StageChange), toStageId: "applicant-new", toStageIndex: 3 }, ...later] };
}

function keepLastStep(row: Opportunity, { stages }: Pipeline): Partial<Opportunity> {
  return { stageChanges: stageChangesOf(stages, row).slice(-1) };
}

/** A stage was put in front of theirs after the candidate had come there. */
function shiftSteps(row: Opportunity, { stages }: Pipeline): Partial<Opportunity> {
  const before = (step: StageChange) => (step.toStageIndex > 3 ? { ...step, toStageIndex: step.toStageIndex - 1 } : step);
  return { stageChanges: stageChangesOf(stages, row).map(before) };
}

function followOwn({ owner, followers }: Opportunity): Partial<Opportunity> {
  return { followers: owner === null ? followers : [...followers, owner] };
}

function fillCompany({ application }: Opportunity, { random }: { random: Random }): Partial<Opportunity> {
  return { application: application && { ...application, company: pick(random, EMPLOYERS) } };
}

function fillQuestions({ application, owner }: Opportunity, { random }: { random: Random }): Partial<Opportunity> {
  if (application === null) return {};
  const field = (value: object) => ({ id: uuid(random), description: "", required: false, ...value });
  const form = {
    id: uuid(random),
    type: "posting",
    text: application.posting.text,
    instructions: "",
    fields: [
      field({ type: "text", text: "Which role?", value: "Backend" }),
      field({ type: "dropdown", text: "Found us by", prompt: "Select one", options: [{ text: "Friend" }], value: null }),
      field({ type: "multiple-select", text: "Languages", options: [{ text: "go" }, { text: "rust" }], value: ["go"] }),
    ],
    baseTemplateId: uuid(random),
    user: owner,
    referrer: null,
    stage: null,
    createdAt: application.createdAt,
    completedAt: null,
  };
  return { application: { ...application, customQuestions: [form] } };
}

import { createStream, integer, pick, type Random, uuid } from "../random.ts";
import type { Posting, PostingCategories, User } from "../world.ts";
import { DAY_MS, SEED_TIME, SETTINGS } from "./account.ts";

const TITLES = [
  "Data Engineer",
  "Platform Engineer",
  "Security Analyst",
  "Talent Partner",
  "Compliance Officer",
  "Account Executive",
  "Partner Manager",
  "Frontend Engineer",
  "Site Reliability Engineer",
  "Payroll Specialist",
];

const BOTH = ["internal", "public"];

/** The first postings show one kind each, so that small data sets have all of them. */
const KINDS: Partial<Posting>[] = [
  { state: "published", distributionChannels: BOTH },
  { state: "published", distributionChannels: ["internal"] },
  { state: "internal" },
  { state: "draft" },
  { state: "closed" },
  { state: "published", confidentiality: "confidential" },
  { state: "published" },
];
export const CONFIDENTIAL_POSTING = 5;
export const MULTI_LOCATION_POSTING = 6;
export const DRAFT_POSTING = 3;

const LATER_STATES = ["published", "published", "published", "closed", "internal", "pending"];

export function seedPostings(seed: number, count: number, users: readonly User[]): Posting[] {
  const random = createStream(seed, "postings");
  const active = users.filter((user) => user.deactivatedAt === null);
  return Array.from({ length: count }, (_, index) => seedPosting(random, index, active));
}

function seedPosting(random: Random, index: number, users: readonly User[]): Posting {
  const owner = pick(random, users).id;
  const createdAt = SEED_TIME - integer(random, 20, 700) * DAY_MS - index;
  const round = Math.floor(index / TITLES.length);
  const text = `${TITLES[index % TITLES.length]}${round === 0 ? "" : ` ${round + 1}`}`;
  const salary = random() < 0.3;
  return {
    id: uuid(random),
    text,
    state: pick(random, LATER_STATES),
    distributionChannels: BOTH,
    user: owner,
    owner,
    hiringManager: random() < 0.5 ? pick(random, users).id : null,
    categories: seedCategories(random, index),
    tags: [],
    content: {
      descriptionHtml: `<div>We look for a ${text}.</div>`,
      lists: [{ text: "Requirements", content: "<li>Curiosity</li><li>Care</li>" }],
      closingHtml: "<div>We look forward to hearing from you.</div>",
    },
    country: "AT",
    followers: [owner],
    requisitionCodes: [],
    confidentiality: "non-confidential",
    createdAt,
    updatedAt: createdAt + integer(random, 0, 15) * DAY_MS,
    workplaceType: pick(random, ["unspecified", "onsite", "remote", "hybrid"]),
    salaryRange: salary ? { min: 50_000, max: 80_000, currency: "EUR", interval: "per-year-salary" } : null,
    salaryDescriptionHtml: salary ? "<p>Plus a yearly bonus.</p>" : null,
    hasNewSettings: true,
    ...KINDS[index],
  };
}

function seedCategories(random: Random, index: number): PostingCategories {
  const department = pick(random, Object.keys(SETTINGS.teams));
  const location = pick(random, SETTINGS.locations);
  const others = SETTINGS.locations.filter((other) => other !== location).slice(0, 2);
  return {
    commitment: pick(random, SETTINGS.commitments),
    department,
    level: null,
    location,
    team: pick(random, SETTINGS.teams[department] ?? []),
    allLocations: index === MULTI_LOCATION_POSTING ? [location, ...others] : [location],
  };
}

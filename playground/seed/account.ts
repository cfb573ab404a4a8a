import { createStream, integer, pick, type Random, uuid } from "../random.ts";
import type { ArchiveReason, Settings, Stage, User } from "../world.ts";
import { FIRST_NAMES, LAST_NAMES, toAscii } from "./names.ts";

/** The moment the sample data ends. Fixed, so that a seed gives the same data on every day. */
export const SEED_TIME = Date.UTC(2026, 10, 1, 8);
export const DAY_MS = 86_400_000;

const ROLES = ["super admin", "interviewer", "team member", "admin", "limited team member", "interviewer", "team member"];
const TITLES = ["Recruiter", "Engineer", "Hiring Manager", "Talent Lead", null];

export const SETTINGS: Settings = {
  teams: {
    Engineering: ["Platform", "Data", "Security"],
    People: ["Talent", "Compliance"],
    Sales: ["Field", "Partners"],
  },
  locations: ["Vienna", "Berlin", "Lisbon", "Toronto", "Remote"],
  commitments: ["Full-time", "Part-time", "Contract"],
};

/** User 0 is Rita, the Super Admin who consents; user 2 has left. */
export function seedUsers(seed: number, count: number): User[] {
  const random = createStream(seed, "users");
  return Array.from({ length: count }, (_, index) => seedUser(random, index));
}

function seedUser(random: Random, index: number): User {
  const id = uuid(random);
  const first = index === 0 ? "Rita" : pick(random, FIRST_NAMES);
  const last = index === 0 ? "Recruiter" : pick(random, LAST_NAMES);
  const username = index === 0 ? "rita" : `${toAscii(first)}.${toAscii(last)}${index}`;
  const createdAt = SEED_TIME - integer(random, 900, 2500) * DAY_MS - index;
  return {
    id,
    name: `${first} ${last}`,
    username,
    email: `${username}@example.com`,
    accessRole: ROLES[index % ROLES.length] as string,
    photo: null,
    createdAt,
    deactivatedAt: index === 2 || (index > 6 && random() < 0.1) ? SEED_TIME - 30 * DAY_MS : null,
    externalDirectoryId: index % 4 === 3 ? `dir-${index}` : null,
    linkedContactIds: null,
    jobTitle: pick(random, TITLES),
    managerId: null,
  };
}

/** Built-in stages have slugs for ids, an account's own ones UUIDs (lever-api.md §2.1). */
export function seedStages(seed: number): Stage[] {
  const random = createStream(seed, "stages");
  const own = (text: string) => ({ id: uuid(random), text });
  return [
    { id: "lead-new", text: "New lead" },
    { id: "lead-reached-out", text: "Reached out" },
    { id: "lead-responded", text: "Responded" },
    { id: "applicant-new", text: "New applicant" },
    own("Recruiter screen"),
    own("Hiring manager interview"),
    own("On-site interview"),
    own("Identity check"),
    { id: "offer", text: "Offer" },
  ];
}

export function seedArchiveReasons(seed: number): ArchiveReason[] {
  const random = createStream(seed, "archive reasons");
  const reason = (text: string, type: ArchiveReason["type"], status: ArchiveReason["status"] = "active") => ({
    id: uuid(random),
    text,
    status,
    type,
  });
  return [
    reason("Hired", "hired"),
    reason("Timing", "non-hired"),
    reason("Underqualified", "non-hired"),
    reason("Withdrew", "non-hired"),
    reason("Identity not confirmed", "non-hired"),
    reason("Position closed", "non-hired", "inactive"),
  ];
}

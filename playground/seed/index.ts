import { createStream } from "../random.ts";
import { createWorld, type World } from "../world.ts";
import { SETTINGS, seedArchiveReasons, seedStages, seedUsers } from "./account.ts";
import { roughenOpportunities, roughenPeople, roughenPostings, roughenUsers } from "./oddities.ts";
import { seedOpportunities } from "./opportunities.ts";
import { seedPostings } from "./postings.ts";

export interface SeedSize {
  seed: number;
  users: number;
  postings: number;
  opportunities: number;
}

/** An account full of people who do not exist. The same numbers give the same account, ids included. */
export function seedWorld(size: SeedSize): World {
  const { seed } = size;
  const users = seedUsers(seed, size.users);
  const stages = seedStages(seed);
  const archiveReasons = seedArchiveReasons(seed);
  const postings = seedPostings(seed, size.postings, users);
  roughenPostings(seed, postings);
  const people = seedOpportunities({ seed, users, stages, archiveReasons, postings }, size.opportunities);
  roughenPeople(seed, people.contacts);
  roughenOpportunities(seed, people.opportunities, stages);
  roughenUsers(seed, { users, contacts: people.contacts });
  const ids = createStream(seed, "created later");
  return createWorld({ users, stages, archiveReasons, settings: SETTINGS, postings, ...people, ids });
}

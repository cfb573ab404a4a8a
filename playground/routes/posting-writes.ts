import { type Answer, apiJson } from "../answer.ts";
import { changedOf, readObject } from "../body.ts";
import { badRequest } from "../errors.ts";
import { type Call, performAs, type Route } from "../route.ts";
import { readShape } from "../views/expand.ts";
import { postingExpanders, viewPosting } from "../views/posting.ts";
import { type Posting, tagsOf, touch, type User, type World } from "../world.ts";
import { readPostingChanges, readUser } from "./posting-body.ts";
import { findPosting } from "./postings.ts";

const SCOPE = "postings:write:admin";

export const postingWriteRoutes: Route[] = [
  { method: "POST", path: "/postings", scope: SCOPE, handle: createPosting },
  { method: "POST", path: "/postings/:posting", scope: SCOPE, handle: updatePosting },
];

/** Not idempotent. A confidential posting cannot be created through the API. */
function createPosting(call: Call): Answer {
  const { world, now } = call;
  const shape = readShape(call.query, postingExpanders(world));
  const user = performAs(call, "create");
  const body = readObject(call.body);
  const changes = readPostingChanges(world.settings, body);
  if (changes.text === undefined) throw badRequest("Required property missing", "/text");
  const owner = readUser(world, body, "owner") ?? user.id;
  const hiringManager = readUser(world, body, "hiringManager") ?? null;
  const posting = { ...emptyPosting(world, user, now), ...changes, owner, hiringManager };
  world.postingById.set(posting.id, posting);
  world.postings.insert(posting);
  world.version++;
  call.record({ effect: "posting.created", postingId: posting.id, performAs: user.id });
  return apiJson(201, { data: viewPosting(world, posting, { shape, web: call.web }) });
}

function emptyPosting(world: World, user: User, now: number): Posting {
  return {
    id: world.newId(),
    text: "",
    state: "draft",
    distributionChannels: ["internal", "public"],
    user: user.id,
    owner: user.id,
    hiringManager: null,
    categories: { commitment: null, department: null, level: null, location: null, team: null, allLocations: [] },
    tags: [],
    content: { descriptionHtml: "", lists: [], closingHtml: "" },
    country: "AT",
    followers: [user.id],
    requisitionCodes: [],
    confidentiality: "non-confidential",
    createdAt: now,
    updatedAt: now,
    workplaceType: "unspecified",
    salaryRange: null,
    salaryDescriptionHtml: null,
    hasNewSettings: true,
  };
}

/**
 * POST, and partial: what is left out stays. Owner and hiring manager are not in the documented list of what can be
 * changed; the playground says so instead of ignoring them. What is as before changes nothing.
 *
 * On record: an `internal` posting that was sent no `state` came back as a draft, without `allLocations` in that answer
 * though it kept them (lever-api.md §4.3).
 */
function updatePosting(call: Call): Answer {
  const { world, now } = call;
  const shape = readShape(call.query, postingExpanders(world));
  const user = performAs(call, "update");
  const posting = findPosting(call);
  const body = readObject(call.body);
  for (const name of ["owner", "hiringManager"]) {
    if (body[name] !== undefined) throw badRequest("Cannot be changed through the API", `/${name}`);
  }
  const changes = readPostingChanges(world.settings, body, posting);
  const changed = changedOf(posting, changes);
  if (changed.length === 0) return apiJson(200, { data: viewPosting(world, posting, { shape, web: call.web }) });
  const withdrawn = posting.state === "internal" && changes.state === undefined;
  const before = tagsOf(posting);
  Object.assign(posting, changes, { updatedAt: now, ...(withdrawn ? { state: "draft" } : {}) });
  retag(call, posting, before);
  world.version++;
  call.record({ effect: "posting.updated", postingId: posting.id, changed, performAs: user.id });
  const shown = withdrawn ? { ...posting, categories: { ...posting.categories, allLocations: [] } } : posting;
  return apiJson(200, { data: viewPosting(world, shown, { shape, web: call.web }) });
}

/** Tags that came from the posting follow it: the old one goes, the new one stands at the end (lever-api.md §3.6). */
function retag(call: Call, posting: Posting, before: readonly string[]): void {
  const after = tagsOf(posting);
  const gone = before.filter((tag) => !after.includes(tag));
  const come = after.filter((tag) => !before.includes(tag));
  if (gone.length + come.length === 0) return;
  for (const row of call.world.opportunities.rows) {
    if (row.application?.posting !== posting) continue;
    const kept = row.tags.filter((tag) => !gone.includes(tag));
    row.tags = [...kept, ...come.filter((tag) => !kept.includes(tag))];
    touch(call.world, row, call.now);
  }
}

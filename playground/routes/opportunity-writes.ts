import { type Answer, apiJson } from "../answer.ts";
import { readBoolean, readObject, readText, requireTexts } from "../body.ts";
import { badRequest, notFound } from "../errors.ts";
import { type Call, performAsIfGiven, type Route } from "../route.ts";
import { readShape, type Shape } from "../views/expand.ts";
import { type OpportunityView, opportunityExpanders, viewOpportunity } from "../views/opportunity.ts";
import { type Archived, type Opportunity, stageChangesOf, touch } from "../world.ts";
import { findOpportunity } from "./opportunities.ts";

const SCOPE = "opportunities:write:admin";

interface Write {
  call: Call;
  opportunity: Opportunity;
  /** Whom it is recorded for; null where none was given and none is needed. */
  user: string | null;
}

export const opportunityWriteRoutes: Route[] = [
  write("POST", "addTags", "blanked", changeList("tags", "added")),
  write("POST", "removeTags", "blanked", changeList("tags", "removed")),
  write("POST", "addSources", "blanked", changeList("sources", "added")),
  write("POST", "removeSources", "blanked", changeList("sources", "removed")),
  write("POST", "addLinks", "write", changeLinks("added")),
  write("POST", "removeLinks", "write", changeLinks("removed")),
  write("PUT", "stage", "blanked", changeStage),
  write("PUT", "archived", "blanked", changeArchived),
];

/** Everything is checked before the change, so that a refused call has no effect. */
function write(
  method: "POST" | "PUT",
  name: string,
  answering: OpportunityView["answering"],
  apply: (write: Write) => void,
): Route {
  function handle(call: Call): Answer {
    const shape = readShape(call.query, opportunityExpanders(call.world));
    const user = performAsIfGiven(call)?.id ?? null;
    const opportunity = findOpportunity(call);
    apply({ call, opportunity, user });
    return show(call, opportunity, shape, answering);
  }
  return { method, path: `/opportunities/:opportunity/${name}`, scope: SCOPE, handle };
}

function show(call: Call, opportunity: Opportunity, shape: Shape, answering: OpportunityView["answering"]): Answer {
  const view = { shape: { expand: shape.expand, include: [] }, web: call.web, answering };
  return apiJson(200, { data: viewOpportunity(call.world, opportunity, view) });
}

type Past = "added" | "removed";

interface Changed {
  after: readonly string[];
  changed: string[];
}

/**
 * New ones go to the end; one that is there already stays once; case counts. Removing what is not there is accepted
 * and does nothing (undocumented).
 */
function change(past: Past, before: readonly string[], values: readonly string[]): Changed {
  const changed = [...new Set(values)].filter((value) => before.includes(value) === (past === "removed"));
  const after = past === "added" ? [...before, ...changed] : before.filter((value) => !changed.includes(value));
  return { after, changed };
}

/** Moves `updatedAt`, not `lastInteractionAt`, and only if something changed (lever-api.md §3.3). */
function changeList(field: "tags" | "sources", past: Past) {
  return ({ call, opportunity, user }: Write): void => {
    const values = requireTexts(readObject(call.body), field);
    const { after, changed } = change(past, opportunity[field], values);
    opportunity[field] = after;
    if (changed.length > 0) touch(call.world, opportunity, call.now);
    const effect = `opportunity.${field}_${past}`;
    call.record({ effect, opportunityId: opportunity.id, [field]: values, changed, performAs: user });
  };
}

/** Links belong to the contact and show on all opportunities of the person. */
function changeLinks(past: Past) {
  return ({ call, opportunity, user }: Write): void => {
    const links = requireTexts(readObject(call.body), "links").map(withScheme);
    const { contact } = opportunity;
    const { after, changed } = change(past, contact.links, links);
    contact.links = after;
    if (changed.length > 0) for (const row of contact.opportunities) touch(call.world, row, call.now);
    call.record({
      effect: `opportunity.links_${past}`,
      opportunityId: opportunity.id,
      links,
      changed,
      performAs: user,
    });
  };
}

export function withScheme(link: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(link) ? link : `http://${link}`;
}

/** Any stage, forwards or backwards; an archived opportunity stays archived. The current one changes nothing. */
function changeStage({ call, opportunity, user }: Write): void {
  const { world, now } = call;
  const stage = readText(readObject(call.body), "stage");
  if (stage === undefined) throw badRequest("Required property missing", "/stage");
  const rank = world.stageRank.get(stage);
  if (rank === undefined) throw notFound("stages", stage);
  if (rank === opportunity.stageRank) return;
  const entry = { toStageId: stage, toStageIndex: rank, updatedAt: now, ...(user === null ? {} : { userId: user }) };
  const stageChanges = [...stageChangesOf(world.stages, opportunity), entry];
  world.opportunities.remove(opportunity);
  Object.assign(opportunity, { stageRank: rank, stageChanges, lastAdvancedAt: now, lastInteractionAt: now });
  world.opportunities.insert(opportunity);
  touch(world, opportunity, now);
  call.record({ effect: "opportunity.stage_changed", opportunityId: opportunity.id, stage, performAs: user });
}

/** A reason archives or changes the reason, `null` takes it back; the application follows. The same again changes nothing. */
function changeArchived({ call, opportunity, user }: Write): void {
  const reason = readReason(call);
  if (reason === (opportunity.archived?.reason ?? null)) return;
  const { world, now } = call;
  const archived: Archived | null = reason === null ? null : { reason, archivedAt: now };
  const stageChanges = stageChangesOf(world.stages, opportunity);
  world.opportunities.remove(opportunity);
  Object.assign(opportunity, { archived, stageChanges, lastInteractionAt: now });
  if (archived !== null) opportunity.lastAdvancedAt = now;
  world.opportunities.insert(opportunity);
  if (opportunity.application !== null) {
    opportunity.application.archived = archived === null ? null : { ...archived, archivedAt: now + 7 };
  }
  touch(world, opportunity, now);
  const effect = archived === null ? "opportunity.unarchived" : "opportunity.archived";
  call.record({ effect, opportunityId: opportunity.id, reason, performAs: user });
}

/** The playground has no interviews to clean and no requisitions to look up. */
function readReason(call: Call): string | null {
  const body = readObject(call.body);
  readBoolean(body, "cleanInterviews");
  if (body.reason === null) return null;
  const id = readText(body, "reason");
  if (id === undefined) throw badRequest("Required property missing", "/reason");
  const reason = call.world.archiveReasons.find((candidate) => candidate.id === id);
  if (reason === undefined) throw notFound("archive_reasons", id);
  if (body.requisitionId !== undefined && reason.type !== "hired") {
    throw badRequest("A requisition needs a reason of type hired", "/requisitionId");
  }
  return id;
}

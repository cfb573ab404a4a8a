import { assertAllows } from "../../app/scopes.ts";
import type { Workflow } from "../../schemas/types/index.ts";
import { inputInvalid } from "../http/check.ts";
import { type Call, defineRoute, PAGE_QUERY, type Route } from "../http/route.ts";

const PAGES = { ...PAGE_QUERY, limit: { ...PAGE_QUERY.limit, maximum: 500 } } as const;

/** Definitions: the draft that people change, and the versions that were published of it. `:id` takes a name as well. */
export const workflowRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/workflows",
    summary: "Lists workflows, oldest first.",
    replies: [{ status: 200, shape: "workflow-list" }],
    scope: "workflows:read",
    query: PAGES,
    async handle({ services, access, query }) {
      return { body: await services.workflows.list(access, query) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows",
    summary: "Creates a workflow as a draft.",
    replies: [{ status: 201, shape: "saved-workflow" }],
    scope: "workflows:write",
    body: "workflow",
    async handle({ services, access, body }) {
      return { status: 201, body: await services.workflows.create(access, body) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/from-recipe",
    summary: "Creates a workflow as a draft from a recipe of a connector.",
    replies: [{ status: 201, shape: "saved-workflow" }],
    scope: "workflows:write",
    body: "filled-recipe",
    async handle({ services, access, body }) {
      return { status: 201, body: await services.recipes.create(access, body) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/dry-run",
    summary: "Tries a definition: reads what it reads, sends nothing that changes anything, saves nothing.",
    replies: [{ status: 200, shape: "workflow-dry-run" }],
    scope: "operations:read",
    body: "draft-dry-run",
    async handle({ services, access, body, signal }) {
      return { body: await services.dryRuns.run(access, body, signal) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/check",
    summary: "Checks a definition; saves nothing.",
    replies: [{ status: 200, shape: "workflow-check" }],
    scope: "workflows:read",
    body: "workflow",
    async handle({ services, access, body }) {
      return { body: await services.workflows.check(access, body) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/workflows/:id",
    summary: "Answers a workflow with its draft.",
    replies: [{ status: 200, shape: "saved-workflow" }],
    scope: "workflows:read",
    async handle(call) {
      return { body: await call.services.workflows.get(call.access, await idOf(call)) };
    },
  }),
  defineRoute({
    method: "PUT",
    path: "/workflows/:id",
    summary: "Replaces a workflow's draft.",
    replies: [{ status: 200, shape: "saved-workflow" }],
    scope: "workflows:write",
    query: { version: { type: "integer", maximum: 999_999, description: "Only where the draft is still this one." } },
    body: "workflow",
    async handle(call) {
      const { services, access, body, query } = call;
      return { body: await services.workflows.replace(access, await idOf(call), body as Workflow, query.version) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/workflows/:id",
    summary: "Removes a workflow; runs that have begun continue.",
    replies: [{ status: 204 }],
    scope: "workflows:write",
    async handle(call) {
      await call.services.workflows.remove(call.access, await idOf(call));
      return { status: 204 };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/check",
    summary: "Checks a workflow's draft.",
    replies: [{ status: 200, shape: "workflow-check" }],
    scope: "workflows:read",
    async handle(call) {
      const { services, access } = call;
      const { definition } = await services.workflows.get(access, await idOf(call));
      return { body: await services.workflows.check(access, definition) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/preview",
    summary: "Answers what a step of the draft would be given, by the data of the last run or by examples.",
    replies: [{ status: 200, shape: "workflow-preview" }],
    scope: "workflows:read",
    body: "preview-choice",
    async handle(call) {
      const { services, access, body } = call;
      return { body: await services.previews.step(access, await idOf(call), body) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/dry-run",
    summary: "Tries a workflow's draft: reads what it reads, sends nothing that changes anything, saves nothing.",
    replies: [{ status: 200, shape: "workflow-dry-run" }],
    scope: "workflows:read",
    body: "new-dry-run",
    async handle(call) {
      const { services, access, caller, body, signal } = call;
      // What was read is answered as it is.
      assertAllows(caller.scopes, "operations:read");
      const { definition } = await services.workflows.get(access, await idOf(call));
      return { body: await services.dryRuns.run(access, { definition, ...body }, signal) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/publish",
    summary: "Freezes the draft as the next version, with which runs are started from now on.",
    replies: [{ status: 200, shape: "workflow-version" }],
    scope: "workflows:write",
    async handle(call) {
      return { body: await call.services.workflows.publish(call.access, await idOf(call)) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/pause",
    summary: "Pauses a workflow: it starts no more runs, and those that have begun continue.",
    replies: [{ status: 200, shape: "saved-workflow" }],
    scope: "workflows:write",
    async handle(call) {
      return { body: await call.services.workflows.pause(call.access, await idOf(call)) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/resume",
    summary: "Ends the pause of a workflow.",
    replies: [{ status: 200, shape: "saved-workflow" }],
    scope: "workflows:write",
    async handle(call) {
      return { body: await call.services.workflows.resume(call.access, await idOf(call)) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/workflows/:id/versions",
    summary: "Lists what was published of a workflow, newest first.",
    replies: [{ status: 200, shape: "workflow-version-list" }],
    scope: "workflows:read",
    query: PAGE_QUERY,
    async handle(call) {
      return { body: await call.services.workflows.versions(call.access, await idOf(call), call.query) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/workflows/:id/diff",
    summary: "Answers what differs between two versions of a workflow; by default between what is published and the draft.",
    replies: [{ status: 200, shape: "workflow-diff" }],
    scope: "workflows:read",
    query: {
      from: { type: "string", description: "Number of a version, or draft." },
      to: { type: "string", description: "Number of a version, or draft." },
    },
    async handle(call) {
      const { services, access, query } = call;
      const id = await idOf(call);
      const { published } = await services.workflows.get(access, id);
      const versions = { from: toVersion("from", query.from) ?? published, to: toVersion("to", query.to ?? "draft") ?? null };
      return { body: await services.workflows.diff(access, id, versions) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/rollback",
    summary: "Makes a published version the draft again.",
    replies: [{ status: 200, shape: "saved-workflow" }],
    scope: "workflows:write",
    body: "workflow-rollback",
    async handle(call) {
      return { body: await call.services.workflows.rollBack(call.access, await idOf(call), call.body.version) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/workflows/:id/runs",
    summary: "Starts a run; the same Idempotency-Key names the same run, ever.",
    replies: [
      { status: 202, shape: "run" },
      { status: 200, shape: "run" },
    ],
    scope: "workflows:run",
    query: { wait: { type: "integer", maximum: 60, description: "Answer when the run has ended, or after so many seconds." } },
    body: "new-run",
    async handle(call) {
      const { services, access, body, query, req, signal } = call;
      const { runs } = services;
      const key = req.get("idempotency-key");
      const { id, isNew } = await runs.start(access, await idOf(call), { input: body.input, owner: body.owner, key });
      const run =
        query.wait === undefined
          ? await runs.get(access, id)
          : await runs.settled(access, id, { withinMs: query.wait * 1000, signal: AbortSignal.any([signal, services.draining]) });
      return {
        status: run.endedAt === null ? 202 : 200,
        body: run,
        headers: { Location: `/api/v1/runs/${id}`, ...(isNew ? {} : { "Idempotent-Replayed": "true" }) },
      };
    },
  }),
];

/** Names are resolved once, at the door. */
function idOf({ services, access, params }: Pick<Call, "services" | "access" | "params">): Promise<string> {
  return services.workflows.idOf(access, String(params.id));
}

function toVersion(name: string, text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "draft") return null;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw inputInvalid({ pointer: `/${name}`, keyword: "version", message: "must be the number of a version, or draft" });
}

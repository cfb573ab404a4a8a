import { RUN_STATUSES } from "../../engine/run-document.ts";
import type { RunDecision } from "../../schemas/types/index.ts";
import { streamEvents } from "../http/events.ts";
import { type Call, defineRoute, PAGE_QUERY, type Reply, type Route } from "../http/route.ts";

/** Executions of workflows: what they did, and what people may say to them. */
export const runRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/runs",
    summary: "Lists runs, newest first.",
    replies: [{ status: 200, shape: "run-list" }],
    scope: "workflows:read",
    query: {
      ...PAGE_QUERY,
      workflow: { type: "string", description: "Id of a workflow, or its name." },
      status: { enum: RUN_STATUSES, description: "How they stand." },
    },
    async handle({ services, access, query: { workflow, ...query } }) {
      const id = workflow === undefined ? undefined : await services.workflows.idOf(access, workflow);
      return { body: await services.runs.list(access, { ...query, workflow: id }) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/runs/:id",
    summary: "Answers a run with its steps, redacted.",
    replies: [{ status: 200, shape: "run" }],
    scope: "workflows:read",
    async handle({ services, access, params }) {
      return { body: await services.runs.get(access, String(params.id)) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/runs/:id/events",
    summary: "Follows a run: the run as it is now and after each change, as server-sent events, until it has ended.",
    replies: [{ status: 200, events: "run" }],
    scope: "workflows:read",
    handle(call) {
      const { services, access, params } = call;
      return streamEvents(call, (signal) => services.runs.follow(access, String(params.id), signal));
    },
  }),
  defineRoute({
    method: "POST",
    path: "/runs/:id/approve",
    summary: "Approves what a run waits for.",
    replies: [{ status: 200, shape: "run" }],
    scope: "workflows:run",
    body: "run-decision",
    handle: (call) => decide(call, "approved"),
  }),
  defineRoute({
    method: "POST",
    path: "/runs/:id/decline",
    summary: "Declines what a run waits for.",
    replies: [{ status: 200, shape: "run" }],
    scope: "workflows:run",
    body: "run-decision",
    handle: (call) => decide(call, "declined"),
  }),
  defineRoute({
    method: "POST",
    path: "/runs/:id/retry",
    summary: "Continues a run that stopped at a step, from that step on.",
    replies: [{ status: 200, shape: "run" }],
    scope: "workflows:run",
    body: "run-retry",
    async handle({ services, access, params, body }) {
      return { body: await services.runs.retry(access, String(params.id), body) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/runs/:id/again",
    summary: "Starts another run with the same input.",
    replies: [{ status: 202, shape: "run" }],
    scope: "workflows:run",
    async handle({ services, access, params }) {
      const { id } = await services.runs.again(access, String(params.id));
      return { status: 202, body: await services.runs.get(access, id) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/runs/:id/cancel",
    summary: "Ends a run before its next step; what it has begun comes to its end.",
    replies: [{ status: 200, shape: "run" }],
    scope: "workflows:run",
    async handle({ services, access, params }) {
      return { body: await services.runs.cancel(access, String(params.id)) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/runs/:id/reveal",
    summary: "Answers a run's data as it is, and records who asked and why.",
    replies: [{ status: 200, shape: "revealed-run" }],
    scope: "runs:reveal",
    body: "run-reveal",
    async handle({ services, access, params, body }) {
      return { body: await services.runs.reveal(access, String(params.id), body.reason) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/runs/:id/reveals",
    summary: "Lists who was shown a run's data as it is, newest first.",
    replies: [{ status: 200, shape: "reveal-list" }],
    scope: "workflows:read",
    async handle({ services, access, params }) {
      return { body: { data: await services.runs.reveals(access, String(params.id)) } };
    },
  }),
];

async function decide(call: Call<unknown, RunDecision>, decision: "approved" | "declined"): Promise<Reply<never>> {
  const { services, caller, access, params, body } = call;
  const by = { names: [...(caller.names ?? []), caller.id, access.actor], note: body.note };
  return { body: (await services.runs.decide(access, String(params.id), decision, by)) as never };
}
